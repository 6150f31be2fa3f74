/**
 * Does something once the browser has nothing else to do, `after` so many milliseconds at the earliest; gives back how to
 * call it off.
 */
export function whenIdle(act: () => void, after = 0): () => void {
  let request = 0;
  const timer = setTimeout(() => {
    // Not every browser says when it is idle.
    if ('requestIdleCallback' in window) request = requestIdleCallback(act, { timeout: 2000 });
    else act();
  }, after);
  return () => {
    clearTimeout(timer);
    if (request) cancelIdleCallback(request);
  };
}
