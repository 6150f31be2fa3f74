import type { ReactNode } from 'react';
import classes from './Filters.module.css';

/** What narrows a list, above it: side by side, or below each other, in full width, on a narrow screen. */
export function Filters({ children }: { children: ReactNode }) {
  return <div className={classes.filters}>{children}</div>;
}
