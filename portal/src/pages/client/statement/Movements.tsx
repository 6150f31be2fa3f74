import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { LedgerKind } from '../../../api/schema.generated';
import { isNegative, type Money, useFormat } from '../../../ui/format';
import type { ShownStatement } from './Statement';
import classes from './Statement.module.css';
import type { MovementFragment } from './statement.generated';

const places = {
  INVOICE_ISSUED: '/invoices',
  INVOICE_VOIDED: '/invoices',
  INVOICE_WRITTEN_OFF: '/invoices',
  WRITE_OFF_REVERSED: '/invoices',
  PAYMENT_RECEIVED: '/payments',
  PAYMENT_REFUNDED: '/payments',
  REFUND_RETURNED: '/payments',
  PAYMENT_APPLIED: '/payments',
  PAYMENT_UNAPPLIED: '/payments',
  CREDIT_NOTE_ISSUED: '/credit-notes',
  CREDIT_NOTE_VOIDED: '/credit-notes',
  CREDIT_NOTE_REFUNDED: '/credit-notes',
  CREDIT_APPLIED: '/credit-notes',
  CREDIT_UNAPPLIED: '/credit-notes',
} as const satisfies Record<LedgerKind, string>;

/** What a movement is, with its document as a link and the reason that was given. */
export function What({ of }: { of: MovementFragment }) {
  const { t } = useTranslation('statement');
  const detail = of.detail && of.detail !== of.number ? of.detail : null;
  const settles = of.invoiceId && of.invoiceId !== of.documentId ? of.invoiceNumber : null;
  return (
    <>
      {t(`kind.${of.kind}`)}{' '}
      <Anchor component={Link} to={`${places[of.kind]}/${of.documentId}`} inherit underline="always">
        {of.number}
      </Anchor>
      {settles && (
        <>
          {' → '}
          <Anchor component={Link} to={`/invoices/${of.invoiceId}`} inherit underline="always">
            {settles}
          </Anchor>
        </>
      )}
      {detail && <span className={classes.detail}>{detail}</span>}
    </>
  );
}

/** An account's movements in their order, between the opening and the closing balance. */
export function Movements(props: {
  account: ShownStatement['accounts'][number];
  movements: readonly MovementFragment[];
  /** Whether they are all there: then the closing balance stands below. */
  isWhole: boolean;
  from: string;
  to: string;
}) {
  const { t } = useTranslation('statement');
  const format = useFormat();
  const { account } = props;
  const positive = ({ amount, currency }: Money) => format.money({ amount: amount.replace(/^-/, ''), currency });
  return (
    <table className={classes.movements} aria-label={t('account', { currency: account.currency })}>
      <thead>
        <tr>
          <th scope="col">{t('column.date')}</th>
          <th scope="col">{t('column.what')}</th>
          <th scope="col" data-end>
            {t('column.charge')}
          </th>
          <th scope="col" data-end>
            {t('column.credit')}
          </th>
          <th scope="col" data-end>
            {t('column.balance')}
          </th>
        </tr>
      </thead>
      <tbody>
        <Standing date={props.from} label={t('sheet.opening')} balance={account.opening} />
        {props.movements.map((one) => (
          <tr key={one.id}>
            <td data-date>{format.date(one.happenedOn)}</td>
            <td data-what>
              <What of={one} />
            </td>
            <td data-end data-label={t('column.charge')}>
              {!isNegative(one.amount.amount) && format.money(one.amount)}
            </td>
            <td data-end data-label={t('column.credit')}>
              {isNegative(one.amount.amount) && positive(one.amount)}
            </td>
            <td data-end data-label={t('column.balance')}>
              {format.money(one.balance)}
            </td>
          </tr>
        ))}
        {props.isWhole && <Standing date={props.to} label={t('sheet.closing')} balance={account.closing} />}
      </tbody>
    </table>
  );
}

function Standing({ date, label, balance }: { date: string; label: string; balance: Money }) {
  const { t } = useTranslation('statement');
  const format = useFormat();
  return (
    <tr className={classes.sum}>
      <td data-date>{format.date(date)}</td>
      <td data-what>{label}</td>
      <td />
      <td />
      <td data-end data-label={t('column.balance')}>
        {format.money(balance)}
      </td>
    </tr>
  );
}
