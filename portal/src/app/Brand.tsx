import { ReceiptText } from 'lucide-react';
import { Link } from 'react-router';
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

export function BrandMark() {
  const name = boot.organisation?.name ?? 'Billing portal';
  if (boot.organisation?.logo) return <img src={boot.organisation.logo} alt={name} />;
  return (
    <span className={classes.mark} aria-hidden>
      <ReceiptText size={18} />
    </span>
  );
}
