import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import classes from '../../../ui/DocumentSheet.module.css';
import { isZero, useFormat } from '../../../ui/format';
import { Sheet } from '../../../ui/Sheet';
import type { ShownPayment } from './Payment';
import { useMethodName } from './useMethodName';

/** The sandbox's references say nothing to anybody: they name its test cards. */
const shownReference = (reference: string | null) => (reference?.startsWith('sandbox_') ? null : reference);

/** The payment on paper: a receipt where the money came in, else what was meant to be paid. */
export function Receipt({ payment }: { payment: ShownPayment }) {
  const { t } = useTranslation('payments');
  const format = useFormat();
  const methodName = useMethodName();
  const { customer } = payment;
  const isReceived = payment.state === 'SUCCEEDED';
  const settled = isReceived || payment.allocations.length > 0 ? payment.allocations : payment.startedFor;
  return (
    <Sheet
      title={t(isReceived ? 'receipt.title' : 'one')}
      number={payment.number}
      to={customer && { ...customer, address: customer.billingAddress }}
      facts={[
        [t('receipt.dated'), format.date(payment.dated)],
        [t('column.method'), methodName(payment.method)],
        [t('receipt.reference'), payment.reference],
        [t('receipt.providerReference'), shownReference(payment.providerReference)],
        [t('column.state'), isReceived ? null : t(`state.${payment.state}`)],
      ]}
    >
      {settled.length > 0 && (
        <table className={classes.lines}>
          <thead>
            <tr>
              <th scope="col">{t('receipt.invoice')}</th>
              <th scope="col">{t('receipt.invoiceDated')}</th>
              <th scope="col">{t(isReceived ? 'receipt.settled' : 'receipt.meant')}</th>
            </tr>
          </thead>
          <tbody>
            {settled.map(({ invoice, amount }) => (
              <tr key={invoice?.id ?? amount.amount}>
                <td>
                  {invoice && (
                    <Anchor component={Link} to={`/invoices/${invoice.id}`} inherit>
                      {invoice.number}
                    </Anchor>
                  )}
                </td>
                <td data-label={t('receipt.invoiceDated')}>{invoice && format.date(invoice.dated)}</td>
                <td data-label={t(isReceived ? 'receipt.settled' : 'receipt.meant')}>{format.money(amount)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <dl className={classes.totals}>
        <div data-strong>
          <dt>{t(isReceived ? 'receipt.received' : 'column.amount')}</dt>
          <dd>{format.money(payment.amount)}</dd>
        </div>
        {!isZero(payment.refunded.amount) && (
          <div>
            <dt>{t('receipt.refunded')}</dt>
            <dd>{format.money(payment.refunded)}</dd>
          </div>
        )}
        {isReceived && !isZero(payment.unapplied.amount) && (
          <div>
            <dt>{t('receipt.unapplied')}</dt>
            <dd>{format.money(payment.unapplied)}</dd>
          </div>
        )}
      </dl>
    </Sheet>
  );
}
