import { Anchor, Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMe } from '../../../app/viewer';
import { Section } from '../../../ui/Facts';
import { isZero, negated, sum, useFormat } from '../../../ui/format';
import { State } from '../../../ui/State';
import { Table } from '../../../ui/Table';
import classes from './Dashboard.module.css';
import type { DashboardQuery } from './dashboard.generated';

type Dashboard = DashboardQuery['dashboard'];

/** The estimates that wait for the customer's answer; nothing where there is none. */
export function WaitingEstimates({ of }: { of: Dashboard }) {
  const { t } = useTranslation('dashboard');
  const format = useFormat();
  if (of.estimatesWaiting === 0) return null;
  const more = of.estimatesWaiting - of.waitingEstimates.length;
  return (
    <Section title={t('waiting.title')} actions={more > 0 && <All to="/estimates?show=waiting" />}>
      <Table
        label={t('waiting.title')}
        rows={of.waitingEstimates}
        rowKey={({ id }) => id}
        href={({ id }) => `/estimates/${id}`}
        empty={null}
        columns={[
          { key: 'number', header: t('column.number'), cell: ({ number }) => number },
          {
            key: 'validUntil',
            header: t('column.validUntil'),
            cell: ({ validUntil }) => validUntil && format.date(validUntil),
          },
          {
            key: 'total',
            header: t('column.total'),
            end: true,
            narrow: 'amount',
            cell: ({ total }) => format.money(total),
          },
        ]}
      />
    </Section>
  );
}

/** The most urgent invoices with something due, each with a way to pay it. */
export function OutstandingInvoices({ of }: { of: Dashboard['outstandingInvoices'] }) {
  const { t } = useTranslation('dashboard');
  const me = useMe();
  const format = useFormat();
  const mayPay = me.mayAct && !!me.portal?.pay;
  return (
    <Section title={t('outstanding.title')} actions={of.length > 0 && <All to="/invoices?sort=most-due" />}>
      <Table
        label={t('outstanding.title')}
        rows={of}
        rowKey={({ id }) => id}
        href={({ id }) => `/invoices/${id}`}
        empty={<Text c="dimmed">{t('outstanding.empty')}</Text>}
        columns={[
          { key: 'number', header: t('column.number'), cell: ({ number }) => number },
          {
            key: 'dueDate',
            header: t('column.dueDate'),
            cell: (row) => (
              <>
                <span className={classes.due}>
                  {row.dueDate && format.date(row.dueDate)}{' '}
                  {row.overdue && <State tone="bad">{t('outstanding.overdue')}</State>}
                </span>
                <Part of={row} />
              </>
            ),
          },
          { key: 'due', header: t('column.due'), end: true, narrow: 'amount', cell: ({ due }) => format.money(due) },
          ...(mayPay
            ? [
                {
                  key: 'pay',
                  header: t('column.pay'),
                  end: true,
                  narrow: 'action' as const,
                  cell: (row: Dashboard['outstandingInvoices'][number]) => <Pay of={row} />,
                },
              ]
            : []),
        ]}
      />
    </Section>
  );
}

function Pay({ of }: { of: Dashboard['outstandingInvoices'][number] }) {
  const { t } = useTranslation('dashboard');
  // While a payment of all of it is under way, it is not paid a second time.
  if (isZero(restOf(of).amount)) return <State tone="info">{t('outstanding.underWay')}</State>;
  return (
    <Button
      component={Link}
      to={`/pay?invoices=${of.id}`}
      size="xs"
      variant="default"
      aria-label={t('outstanding.pay', { number: of.number })}
    >
      {t('column.pay')}
    </Button>
  );
}

/** What a payment under way leaves to pay; nothing where there is none, or it is for the whole. */
function Part({ of }: { of: Dashboard['outstandingInvoices'][number] }) {
  const { t } = useTranslation('dashboard');
  const format = useFormat();
  const rest = restOf(of);
  if (isZero(of.reserved.amount) || isZero(rest.amount)) return null;
  return (
    <Text size="xs" c="dimmed">
      {t('outstanding.part', { amount: format.money(of.reserved), rest: format.money(rest) })}
    </Text>
  );
}

const restOf = ({ due, reserved }: Dashboard['outstandingInvoices'][number]) => ({
  amount: sum([due.amount, negated(reserved.amount)]),
  currency: due.currency,
});

function All({ to }: { to: string }) {
  const { t } = useTranslation('dashboard');
  return (
    <Anchor component={Link} to={to} size="sm" className={classes.link}>
      {t('showAll')}
    </Anchor>
  );
}
