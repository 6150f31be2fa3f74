import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { type Money, negated, sum, useFormat } from '../../../ui/format';
import type { ShownInvoice } from './Invoice';
import { UseCreditOfCreditNoteDocument, UseCreditOfPaymentDocument } from './invoices.generated';
import { isMore } from './payable';

type Credit = NonNullable<ShownInvoice['customer']>['credit'];

/** The parts of the customer's credit that can settle an invoice. */
function creditFor(invoice: ShownInvoice): Credit {
  const parts = invoice.customer?.credit ?? [];
  return parts.filter(({ amount }) => amount.currency === invoice.due.currency);
}

const lesser = (a: string, b: string) => (isMore(a, b) ? b : a);

/** Settles an invoice from the customer's own credit, as far as it goes, the oldest first. */
export function UseCredit(props: { invoice: ShownInvoice; payable: Money; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('invoices');
  const format = useFormat();
  const fromPayment = useAction(UseCreditOfPaymentDocument, (result) => result.allocatePayment);
  const fromNote = useAction(UseCreditOfCreditNoteDocument, (result) => result.allocateCreditNote);
  const { invoice, payable } = props;
  const parts = creditFor(invoice);
  const credit = sum(parts.map(({ amount }) => amount.amount));
  const used = { ...payable, amount: lesser(credit, payable.amount) };
  const action = fromPayment.refusals.length > 0 || fromPayment.failure || fromPayment.busy ? fromPayment : fromNote;
  const close = () => {
    fromPayment.clear();
    fromNote.clear();
    props.onClose();
  };
  const submit = async () => {
    let left = used.amount;
    for (const part of parts) {
      const amount = lesser(part.amount.amount, left);
      if (!isMore(amount, '0')) break;
      const invoiceId = invoice.id;
      const outcome = part.payment
        ? await fromPayment.run({ input: { paymentId: part.payment.id, invoiceId, amount } })
        : part.creditNote && (await fromNote.run({ input: { creditNoteId: part.creditNote.id, invoiceId, amount } }));
      if (outcome?.kind !== 'done') return;
      left = sum([left, negated(amount)]);
    }
    close();
    notifications.show({ message: t('credit.done', { amount: format.money(used) }) });
  };
  return (
    <ActionDialog
      title={t('credit.title')}
      opened={props.opened}
      onClose={close}
      action={action}
      onSubmit={() => void submit()}
      submit={t('credit.submit', { amount: format.money(used) })}
    >
      <Text size="sm">
        {t('credit.text', { credit: format.money({ ...payable, amount: credit }), amount: format.money(used) })}
      </Text>
    </ActionDialog>
  );
}
