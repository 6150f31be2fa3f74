import { Link } from 'react-router';
import { BrandMark } from './BrandMark';
import { boot } from './boot';
import classes from './Shell.module.css';

/** Whose portal it is. */
export function Brand() {
  const name = boot.organisation?.name ?? 'Billing portal';
  return (
    <Link to="/" className={classes.brand}>
      <BrandMark />
      {!boot.organisation?.logo && <span className={classes.name}>{name}</span>}
    </Link>
  );
}
