/** What the server put into the page: what anybody may know before signing in. */
export interface Boot {
  organisation: { name: string; accent: string | null; logo: string | null } | null;
  /** The sign-ins of the demonstration, where it is the demonstration. */
  demo: { password: string; accounts: { label: string; email: string }[] } | null;
  version: string;
  graphiql: boolean;
  /** Whether it is worth asking who is signed in. */
  signedIn: boolean;
}

const nothing: Boot = { organisation: null, demo: null, version: 'development', graphiql: false, signedIn: true };

function read(): Boot {
  const text = document.getElementById('boot')?.textContent ?? '';
  // The development server of Vite leaves the placeholder as it is.
  return text.startsWith('{') ? { ...nothing, ...(JSON.parse(text) as Partial<Boot>) } : nothing;
}

export const boot = read();

/** The nonce under which the Content-Security-Policy lets our own style elements in. */
export const nonce = document.querySelector('meta[name=nonce]')?.getAttribute('content') ?? '';
