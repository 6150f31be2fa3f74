import { ReceiptText } from 'lucide-react';
import { boot } from './boot';
import classes from './Shell.module.css';

/** The merchant's logo; without one, a mark of ours. */
export function BrandMark() {
  const name = boot.organisation?.name ?? 'Billing portal';
  if (boot.organisation?.logo) return <img src={boot.organisation.logo} alt={name} />;
  return (
    <span className={classes.mark} aria-hidden>
      <ReceiptText size={18} />
    </span>
  );
}
