import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { Forwarding } from '../../../ui/Forwarding';
import type { ShownInvoice } from './Invoice';
import { ForwardInvoiceDocument } from './invoices.generated';

/** Sends the invoice on by mail. */
export function ForwardDialog({ invoice, ...props }: { invoice: ShownInvoice; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('invoices');
  const action = useAction(ForwardInvoiceDocument, (result) => result.forwardInvoice);
  return (
    <Forwarding
      {...props}
      id={invoice.id}
      customer={invoice.customer}
      title={t('forward.title', { number: invoice.number })}
      action={action}
      send={(what) => action.run({ input: { invoiceId: invoice.id, ...what } })}
    />
  );
}
