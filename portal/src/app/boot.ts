/** What the server put into the page: what anybody may know before signing in, and answers to who asks. */
export interface Boot {
  organisation: { name: string; accent: string | null; logo: string | null } | null;
  /** The sign-ins of the demonstration, where it is the demonstration. */
  demo: { password: string; accounts: { label: string; email: string }[] } | null;
  version: string;
  graphiql: boolean;
  /** Whether payments go to the sandbox: no money moves. */
  sandbox: boolean;
  /** Whether somebody is signed in. */
  signedIn: boolean;
  /** Whether nobody can sign in as owner yet. */
  needsOwner: boolean;
  /** The texts that the page needs, by name. */
  words: string[];
  /** What the page asks first, answered. */
  answers: { name: string; variables: Readonly<Record<string, unknown>>; data: unknown }[];
}

const nothing: Boot = {
  organisation: null,
  demo: null,
  version: 'development',
  graphiql: false,
  sandbox: false,
  signedIn: true,
  needsOwner: false,
  words: [],
  answers: [],
};

function read(): Boot {
  const text = document.getElementById('boot')?.textContent ?? '';
  // The development server of Vite leaves the placeholder as it is.
  return text.startsWith('{') ? { ...nothing, ...(JSON.parse(text) as Partial<Boot>) } : nothing;
}

export const boot = read();

/** The nonce under which the Content-Security-Policy lets our own style elements in. */
export const nonce = document.querySelector('meta[name=nonce]')?.getAttribute('content') ?? '';
