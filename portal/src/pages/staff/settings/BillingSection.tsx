import { DunningForm } from './DunningForm';
import { LateFeesForm } from './LateFeesForm';
import { RemindersForm } from './RemindersForm';
import type { SectionProps } from './section';
import { TermsForm } from './TermsForm';

/** What happens by itself: from the accepted estimate to the fee for paying late. */
export function BillingSection(props: SectionProps) {
  return (
    <>
      <TermsForm {...props} />
      <RemindersForm {...props} />
      <LateFeesForm {...props} />
      <DunningForm {...props} />
    </>
  );
}
