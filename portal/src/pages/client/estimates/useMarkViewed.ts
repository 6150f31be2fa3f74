import { useEffect, useRef } from 'react';
import { useAction } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { type EstimateQuery, MarkEstimateViewedDocument } from './estimates.generated';

/** Tells the merchant, once for each revision, that a contact has looked at the offer that stands. */
export function useMarkViewed(estimate: EstimateQuery['estimate'] | undefined): void {
  const me = useMe();
  const { run } = useAction(MarkEstimateViewedDocument, (result) => result.markViewed);
  const told = useRef('');
  useEffect(() => {
    const offer = estimate?.state === 'OFFERED' ? estimate.revisions.at(-1) : null;
    if (!estimate || !offer || offer.viewedOn || me.role !== 'CUSTOMER_CONTACT' || me.viewingAs) return;
    // A page in a tab behind has not been looked at; it is asked anew once it comes to the front.
    if (document.visibilityState === 'hidden') return;
    const seen = `${estimate.id} ${offer.revision}`;
    if (told.current === seen) return;
    told.current = seen;
    void run({ input: { estimateId: estimate.id, revision: offer.revision } });
  }, [estimate, me, run]);
}
