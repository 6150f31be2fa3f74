/** Does something once the browser has nothing else to do, or soon all the same; gives back how to call it off. */
export function whenIdle(act: () => void): () => void {
  // Not every browser says when it is idle.
  if (!('requestIdleCallback' in window)) {
    const timer = setTimeout(act, 1000);
    return () => clearTimeout(timer);
  }
  const request = requestIdleCallback(act, { timeout: 3000 });
  return () => cancelIdleCallback(request);
}
