import { NativeSelect } from '@mantine/core';
import { Link, useNavigate } from 'react-router';
import classes from './SubNavigation.module.css';

/**
 * The parts of a page, each with an address of its own: links in a row, like tabs; on a narrow screen a drop-down.
 */
export function SubNavigation({
  label,
  here,
  parts,
}: {
  label: string;
  /** The address of the part that is shown. */
  here: string;
  parts: readonly { to: string; label: string }[];
}) {
  const navigate = useNavigate();
  return (
    <nav aria-label={label}>
      <ul className={classes.tabs}>
        {parts.map((part) => (
          <li key={part.to}>
            <Link to={part.to} className={classes.tab} aria-current={part.to === here ? 'page' : undefined}>
              {part.label}
            </Link>
          </li>
        ))}
      </ul>
      <NativeSelect
        className={classes.select}
        aria-label={label}
        value={here}
        onChange={({ currentTarget: { value } }) => void navigate(value)}
        data={parts.map((part) => ({ value: part.to, label: part.label }))}
      />
    </nav>
  );
}
