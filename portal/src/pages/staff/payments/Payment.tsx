import { Alert, Anchor, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { Facts, Section } from '../../../ui/Facts';
import { isZero, useFormat } from '../../../ui/format';
import { History } from '../../../ui/History';
import { Bars, Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { type Column, Table } from '../../../ui/Table';
import { useFailure } from '../../../ui/useFailure';
import { TakeBack } from '../settling/TakeBack';
import { useMethodName } from '../settling/useMethodName';
import { PaymentActions } from './PaymentActions';
import { PaymentState } from './PaymentState';
import { StaffPaymentDocument, type StaffPaymentPartsFragment } from './payments.generated';
import { Refunds } from './Refunds';

/** One payment: where it came from, what it pays, and what was given back of it. */
export default function Payment() {
  const { t } = useTranslation('staffPayments');
  const { id = '' } = useParams();
  const data = useData(StaffPaymentDocument, { id });
  if (data.data && !data.data.payment) return <NotFound />;
  return (
    <Loaded of={data} skeleton={<Page title={t('title')}>{<Bars />}</Page>}>
      {({ payment }) => payment && <Shown payment={payment} />}
    </Loaded>
  );
}

function Shown({ payment }: { payment: StaffPaymentPartsFragment }) {
  const { t } = useTranslation('staffPayments');
  const format = useFormat();
  const reason = useFailure()(payment);
  const methodName = useMethodName();
  const { customer, state } = payment;
  const amountUnlessZero = (of: StaffPaymentPartsFragment['amount']) => !isZero(of.amount) && format.money(of);
  return (
    <Page
      title={payment.number ?? t('nameOf', { amount: format.money(payment.amount) })}
      aside={<PaymentState of={state} />}
      subtitle={
        customer && (
          <Anchor component={Link} to={`/customers/${customer.id}`} size="sm">
            {customer.name}
          </Anchor>
        )
      }
      back={{ to: '/payments', label: t('title') }}
      actions={<PaymentActions payment={payment} />}
    >
      {reason && (
        <Alert color="red" variant="light" title={t('failed')}>
          <Text size="sm">{reason}</Text>
        </Alert>
      )}
      <Section title={t('fact.title')}>
        <Facts
          of={[
            [t('fact.amount'), format.money(payment.amount)],
            [t('fact.applied'), amountUnlessZero(payment.applied)],
            [t('fact.unapplied'), amountUnlessZero(payment.unapplied)],
            [t('fact.refunded'), amountUnlessZero(payment.refunded)],
            [t('fact.dated'), format.date(payment.dated)],
            [t('fact.method'), methodName(payment.method)],
            [t('fact.reference'), payment.reference],
            [t('fact.providerReference'), payment.providerReference],
          ]}
        />
      </Section>
      {state === 'FAILED' || state === 'CANCELLED' ? <Meant payment={payment} /> : <Settled payment={payment} />}
      {payment.refunds.length > 0 && <Refunds of={payment.refunds} />}
      <History of={payment.id} />
    </Page>
  );
}

/** The invoices that a payment of which nothing came was started for. */
function Meant({ payment: { startedFor } }: { payment: StaffPaymentPartsFragment }) {
  const { t } = useTranslation('staffPayments');
  const format = useFormat();
  if (startedFor.length === 0) return null;
  return (
    <Section title={t('settled.meant')}>
      <Table
        label={t('settled.meant')}
        rows={startedFor}
        rowKey={({ invoice, amount }) => invoice?.id ?? amount.amount}
        href={({ invoice }) => (invoice ? `/invoices/${invoice.id}` : null)}
        empty=""
        columns={[
          { key: 'invoice', header: t('column.invoice'), nowrap: true, cell: ({ invoice }) => invoice?.number },
          {
            key: 'amount',
            header: t('column.amount'),
            end: true,
            narrow: 'amount',
            cell: ({ amount }) => format.money(amount),
          },
        ]}
      />
    </Section>
  );
}

type Allocation = StaffPaymentPartsFragment['allocations'][number];

function Settled({ payment }: { payment: StaffPaymentPartsFragment }) {
  const { t } = useTranslation(['staffPayments', 'settling']);
  const format = useFormat();
  const { mayAct } = useMe();
  const { allocations } = payment;
  const columns: Column<Allocation>[] = [
    {
      key: 'invoice',
      header: t('column.invoice'),
      nowrap: true,
      cell: ({ invoice, applied }) => [invoice?.number, !applied && t('settling:underWay')].filter(Boolean).join(', '),
    },
    { key: 'dated', header: t('column.dated'), nowrap: true, cell: ({ dated }) => format.date(dated) },
    {
      key: 'amount',
      header: t('column.amount'),
      end: true,
      narrow: 'amount',
      cell: ({ amount }) => format.money(amount),
    },
  ];
  const takeBack: Column<Allocation> = {
    key: 'action',
    header: t('column.action'),
    end: true,
    cell: ({ invoice, applied, amount }) =>
      applied && invoice && <TakeBack of={{ payment, invoice, amount: format.money(amount) }} />,
  };
  return (
    <Section title={t('settled.title')}>
      {allocations.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t(isZero(payment.unapplied.amount) ? 'settled.emptyNothing' : 'settled.empty')}
        </Text>
      ) : (
        <Table
          label={t('settled.title')}
          rows={allocations}
          rowKey={({ invoice, dated }) => invoice?.id ?? dated}
          href={({ invoice }) => (invoice ? `/invoices/${invoice.id}` : null)}
          empty=""
          columns={mayAct ? [...columns, takeBack] : columns}
        />
      )}
    </Section>
  );
}
