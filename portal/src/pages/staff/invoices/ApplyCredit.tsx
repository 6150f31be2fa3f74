import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { useFormat } from '../../../ui/format';
import { AllocateDialog } from '../settling/AllocateDialog';
import { StaffAllocateCreditNoteDocument, StaffAllocatePaymentDocument } from '../settling/settling.generated';
import type { StaffInvoicePartsFragment } from './invoices.generated';

/** Pays an invoice from the customer's credit: a payment or a credit note with something unapplied. */
export function ApplyCredit(props: {
  invoice: StaffInvoicePartsFragment;
  payable: string;
  opened: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation(['staffInvoices', 'settling']);
  const format = useFormat();
  const fromPayment = useAction(StaffAllocatePaymentDocument, (result) => result.allocatePayment);
  const fromNote = useAction(StaffAllocateCreditNoteDocument, (result) => result.allocateCreditNote);
  const { id: invoiceId, customer, due } = props.invoice;
  const most = { amount: props.payable, currency: due.currency };
  const credit = (customer?.credit ?? []).filter(({ amount }) => amount.currency === due.currency);
  const isPayment = (id: string) => credit.some(({ payment }) => payment?.id === id);
  const action = fromPayment.refusals.length > 0 || fromPayment.failure || fromPayment.busy ? fromPayment : fromNote;
  return (
    <AllocateDialog
      name={`apply credit to ${invoiceId}`}
      title={t('apply.title')}
      text={t('apply.text', { customer: customer?.name ?? '', due: format.money(most) })}
      legend={t('apply.legend')}
      choices={credit.map(({ payment, creditNote, number, amount, dated }) => ({
        id: payment?.id ?? creditNote?.id ?? '',
        name: t(payment ? 'apply.payment' : 'apply.creditNote', { number }),
        about: t('settling:allocate.creditOf', { amount: format.money(amount), date: format.date(dated) }),
        most: amount.amount,
      }))}
      most={most}
      opened={props.opened}
      onClose={props.onClose}
      action={{
        ...action,
        clear: () => {
          fromPayment.clear();
          fromNote.clear();
        },
      }}
      send={(id, amount) => {
        fromPayment.clear();
        fromNote.clear();
        return isPayment(id)
          ? fromPayment.run({ input: { paymentId: id, invoiceId, amount } })
          : fromNote.run({ input: { creditNoteId: id, invoiceId, amount } });
      }}
      done={t('apply.done')}
    />
  );
}
