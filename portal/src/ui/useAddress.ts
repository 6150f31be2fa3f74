import { useEffect } from 'react';
import { type NavigateOptions, useSearchParams } from 'react-router';

/** What the page's address has been asked to say, which it says a moment later. */
let latest = new URLSearchParams();

/**
 * What the page's address says behind the question mark, and how to change it: changes that come faster than the address
 * follows build on each other, instead of each on what it still says.
 */
export function useAddress(): readonly [
  URLSearchParams,
  (change: (params: URLSearchParams) => void, options?: NavigateOptions) => void,
] {
  const [params, setParams] = useSearchParams();
  useEffect(() => {
    latest = params;
  }, [params]);
  return [
    params,
    (change, options) => {
      const next = new URLSearchParams(latest);
      // Another filter or order begins at its first page.
      next.delete('after');
      next.delete('page');
      change(next);
      latest = next;
      setParams(next, options);
    },
  ];
}
