import { useEffect, useRef } from 'react';
import { client, fetchOptions } from '../../../api/client';
import { useMe } from '../../../app/viewer';
import type { ShownInvoice } from './Invoice';
import { MarkInvoiceViewedDocument } from './invoices.generated';

/**
 * Tells the merchant that the customer has seen the invoice, the first time that one of its contacts opens it. It is sent
 * beside what the person does: should it not arrive, the next opening tells it.
 */
export function useMarkViewed({ id, viewedOn, status }: ShownInvoice): void {
  const me = useMe();
  const told = useRef<string | null>(null);
  const isNews = me.role === 'CUSTOMER_CONTACT' && !me.viewingAs && viewedOn === null && status !== 'DRAFT';
  useEffect(() => {
    if (!isNews || told.current === id) return;
    told.current = id;
    // The invoice's id as the key: it is noted once, however often this is sent.
    const headers = fetchOptions({ 'Idempotency-Key': `viewed-${id}` });
    void client.mutation(MarkInvoiceViewedDocument, { id }, { fetchOptions: headers }).toPromise();
  }, [id, isNews]);
}
