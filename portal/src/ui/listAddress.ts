/** How each list was last looked at in this tab: its filters and page, by its path. */
const seen = new Map<string, string>();

export function rememberList(path: string, search: string): void {
  seen.set(path, search);
}

/** The address of a list as it was last looked at: what leads back to `/invoices` leads to the page one came from. */
export function backToList(to: string): string {
  const [path = '', search = ''] = to.split('?');
  const last = seen.get(path);
  if (last === undefined) return to;
  const lastParams = new URLSearchParams(last);
  const isSameList = [...new URLSearchParams(search)].every(([name, value]) => lastParams.get(name) === value);
  return isSameList ? `${path}${last}` : to;
}
