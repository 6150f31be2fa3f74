/** Does something once the page has stood for a moment and the browser has nothing else to do; gives back how to call it off. */
export function whenIdle(act: () => void): () => void {
  let request = 0;
  const timer = setTimeout(() => {
    // Not every browser says when it is idle.
    if ('requestIdleCallback' in window) request = requestIdleCallback(act, { timeout: 2000 });
    else act();
  }, 1000);
  return () => {
    clearTimeout(timer);
    if (request) cancelIdleCallback(request);
  };
}
