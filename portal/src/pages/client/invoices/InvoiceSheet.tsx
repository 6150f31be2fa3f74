import { useTranslation } from 'react-i18next';
import { type Balance, DocumentSheet } from '../../../ui/DocumentSheet';
import { isZero, negated, useFormat } from '../../../ui/format';
import type { ShownInvoice } from './Invoice';

/** The invoice as it was issued, with what has been settled of it since. */
export function InvoiceSheet({ invoice }: { invoice: ShownInvoice }) {
  const { t } = useTranslation('invoices');
  const format = useFormat();
  if (!invoice.document) return null;
  const isOpen = invoice.status === 'UNPAID' || invoice.status === 'PARTIALLY_PAID';
  const balances: (Balance | false)[] = [
    !isZero(invoice.settled.amount) && {
      label: t('sheet.settled'),
      amount: { ...invoice.settled, amount: negated(invoice.settled.amount) },
    },
    (isOpen || invoice.status === 'PAID') && { label: t('sheet.due'), amount: invoice.due, strong: true },
  ];
  return (
    <DocumentSheet
      title={t('one')}
      number={invoice.number}
      document={invoice.document}
      seller={invoice.seller}
      buyer={invoice.buyer}
      facts={[
        [t('sheet.dated'), format.date(invoice.dated)],
        [t('sheet.dueDate'), invoice.dueDate && format.date(invoice.dueDate)],
        [t('sheet.estimate'), !invoice.isDeposit && invoice.estimate?.number],
        [t('sheet.deposit'), invoice.isDeposit && (invoice.estimate?.number ?? t('sheet.depositPlain'))],
        [t('sheet.lateFee'), invoice.lateFeeOf?.number],
        [t('sheet.subscription'), invoice.subscription?.planName],
      ].map(([term, value]) => [String(term), value || null] as const)}
      balances={balances.filter((one) => one !== false)}
      withBank={isOpen}
      stamp={
        invoice.status === 'VOIDED' || invoice.status === 'WRITTEN_OFF' || invoice.status === 'PAID'
          ? t(`state.${invoice.status}`)
          : null
      }
    />
  );
}
