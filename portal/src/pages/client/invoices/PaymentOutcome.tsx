import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { CircleCheck, CircleX, Clock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { PaymentState } from '../../../api/schema.generated';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Notice } from '../../../ui/Notice';
import { Page } from '../../../ui/Page';
import { Table } from '../../../ui/Table';
import { useFailure } from '../../../ui/useFailure';
import { InvoiceStateBadge } from './InvoiceStateBadge';
import { PaymentOutcomeDocument, type PaymentOutcomeQuery } from './pay.generated';

const ends = {
  INITIATED: 'underWay',
  PENDING: 'underWay',
  SUCCEEDED: 'paid',
  FAILED: 'declined',
  CANCELLED: 'declined',
} as const satisfies Record<PaymentState, string>;

const looks = {
  underWay: { tone: 'info', icon: Clock },
  paid: { tone: 'good', icon: CircleCheck },
  declined: { tone: 'bad', icon: CircleX },
} as const;

/**
 * What came of a payment, as the server knows it now: a bank debit that is decided while this is open says so. `again`
 * leads to paying the same invoices.
 */
export function PaymentOutcome({ id, again }: { id: string; again: string | null }) {
  const { t } = useTranslation('invoices');
  const outcome = useData(PaymentOutcomeDocument, { id });
  if (outcome.data && !outcome.data.payment) return <NotFound />;
  const payment = outcome.data?.payment;
  if (payment) return <Outcome payment={payment} again={again} />;
  return (
    <Page title={t('return.title')}>
      <Loaded of={outcome}>{() => null}</Loaded>
    </Page>
  );
}

type Paid = NonNullable<PaymentOutcomeQuery['payment']>;

function Outcome({ payment, again }: { payment: Paid; again: string | null }) {
  const { t } = useTranslation('invoices');
  const format = useFormat();
  const end = ends[payment.state];
  const { tone, icon } = looks[end];
  const amount = format.money(payment.amount);
  const reason = useFailure()(payment);
  return (
    <Page title={t(`return.${end}.title`)} subtitle={payment.number}>
      <Notice role="status" tone={tone} icon={icon} title={t(`return.${end}.heading`, { amount })}>
        <Stack gap={4}>
          {end === 'declined' && reason && <Text size="sm">{t('return.reason', { reason })}</Text>}
          <Text size="sm">{t(`return.${end}.text`)}</Text>
        </Stack>
      </Notice>
      {payment.allocations.length > 0 && <Allocations payment={payment} />}
      <Group>
        {end === 'declined' && again && (
          <Button component={Link} to={again}>
            {t('return.another')}
          </Button>
        )}
        <Button component={Link} to="/invoices" variant={end === 'declined' ? 'default' : 'filled'}>
          {t('pay.toInvoices')}
        </Button>
        <Button component={Link} to={`/payments/${payment.id}`} variant="default">
          {t(end === 'paid' ? 'return.receipt' : 'return.details')}
        </Button>
      </Group>
    </Page>
  );
}

function Allocations({ payment }: { payment: Paid }) {
  const { t } = useTranslation('invoices');
  const format = useFormat();
  return (
    <Section title={t('return.invoices')}>
      <Table
        label={t('return.invoices')}
        rows={payment.allocations}
        rowKey={(row) => row.invoice?.id ?? ''}
        empty=""
        columns={[
          {
            key: 'number',
            header: t('column.number'),
            cell: ({ invoice }) =>
              invoice && (
                <Anchor component={Link} to={`/invoices/${invoice.id}`} size="sm">
                  {invoice.number}
                </Anchor>
              ),
          },
          {
            key: 'state',
            header: t('column.state'),
            cell: ({ invoice }) => invoice && <InvoiceStateBadge of={invoice} />,
          },
          {
            key: 'due',
            header: t('return.stillDue'),
            end: true,
            cell: ({ invoice }) => invoice && format.money(invoice.due),
          },
          {
            key: 'amount',
            header: t('settlements.amount'),
            end: true,
            narrow: 'amount',
            cell: ({ amount }) => format.money(amount),
          },
        ]}
      />
    </Section>
  );
}
