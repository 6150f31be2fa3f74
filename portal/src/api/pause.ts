/**
 * The time until the server is tried again: a second at first, then longer, at most a quarter of a minute, and not for all
 * pages the same; at once where the network is back.
 */
export function pause(tries: number): Promise<void> {
  return new Promise((go) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      go();
    };
    const timer = setTimeout(done, Math.min(1000 * 2 ** tries, 12_000) + Math.random() * 3000);
    window.addEventListener('online', done);
  });
}
