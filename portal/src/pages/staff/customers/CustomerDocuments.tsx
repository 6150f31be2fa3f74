import { Anchor, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useData } from '../../../api/useData';
import { Section } from '../../../ui/Facts';
import { isZero, useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { InvoiceStateBadge } from '../../client/invoices/InvoiceStateBadge';
import { PaymentStateBadge } from '../../client/payments/PaymentStateBadge';
import { SubscriptionStateBadge } from '../../client/subscriptions/SubscriptionStateBadge';
import { EstimateState } from '../estimates/EstimateState';
import classes from './CustomerDocuments.module.css';
import { StaffCustomerDocumentsDocument, type StaffCustomerDocumentsQuery } from './customers.generated';

/** The customer's documents at a glance, each kind with the way to all of them. */
export function CustomerDocuments({ id }: { id: string }) {
  const documents = useData(StaffCustomerDocumentsDocument, { id });
  return <Loaded of={documents}>{(data) => <Lists of={data} id={id} />}</Loaded>;
}

function Lists({ of, id }: { of: StaffCustomerDocumentsQuery; id: string }) {
  const { t } = useTranslation('customers');
  const format = useFormat();
  const open = of.invoices.nodes.filter(({ due }) => !isZero(due.amount));
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
      <ShortList
        title={t('documents.invoices')}
        all={`/invoices?customer=${id}`}
        allOf={t('documents.allInvoices', { count: of.invoices.totalCount })}
        count={of.invoices.totalCount}
        empty={t('documents.noInvoices')}
        rows={open.map((one) => ({
          key: one.id,
          to: `/invoices/${one.id}`,
          name: one.number ?? t('documents.draft'),
          note: one.dueDate && t('documents.due', { date: format.date(one.dueDate) }),
          state: <InvoiceStateBadge of={one} />,
          amount: format.money(one.due),
        }))}
      />
      <ShortList
        title={t('documents.estimates')}
        all={`/estimates?customer=${id}`}
        count={of.estimates.totalCount}
        empty={t('documents.noEstimates')}
        rows={of.estimates.nodes.map((one) => ({
          key: one.id,
          to: `/estimates/${one.id}`,
          name: one.number ?? t('documents.draft'),
          note: format.date(one.dated),
          state: <EstimateState of={one} />,
          amount: format.money(one.total),
        }))}
      />
      <ShortList
        title={t('documents.subscriptions')}
        all={`/subscriptions?customer=${id}`}
        count={of.subscriptions.totalCount}
        empty={t('documents.noSubscriptions')}
        rows={of.subscriptions.nodes.map((one) => ({
          key: one.id,
          to: `/subscriptions/${one.id}`,
          name: one.planName,
          note: one.upcomingInvoice && t('documents.next', { date: format.date(one.upcomingInvoice.date) }),
          state: <SubscriptionStateBadge state={one.state} />,
          amount: format.money(one.amount),
        }))}
      />
      <ShortList
        title={t('documents.payments')}
        all={`/payments?customer=${id}`}
        count={of.payments.totalCount}
        empty={t('documents.noPayments')}
        rows={of.payments.nodes.map((one) => ({
          key: one.id,
          to: `/payments/${one.id}`,
          name: one.number ?? t('documents.payment'),
          note: format.date(one.dated),
          state: <PaymentStateBadge state={one.state} />,
          amount: format.money(one.amount),
        }))}
      />
    </SimpleGrid>
  );
}

interface Row {
  key: string;
  to: string;
  name: string;
  note: string | null;
  state: ReactNode;
  amount: string;
}

function ShortList(props: {
  title: string;
  /** Where all of them are. */
  all: string;
  /** What the way there is called, where these are not the first of them only. */
  allOf?: string;
  count: number;
  empty: string;
  rows: readonly Row[];
}) {
  const { t } = useTranslation('customers');
  const all = props.allOf ?? t('documents.all', { count: props.count });
  return (
    <Section
      title={props.title}
      actions={
        props.count > props.rows.length && (
          <Anchor
            component={Link}
            to={props.all}
            size="sm"
            aria-label={t('documents.allOf', { all, title: props.title })}
          >
            {all}
          </Anchor>
        )
      }
    >
      {props.rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          {props.empty}
        </Text>
      ) : (
        <ul className={classes.rows}>
          {props.rows.map((row) => (
            <li key={row.key}>
              <span className={classes.name}>
                <span className={classes.head}>
                  <Anchor component={Link} to={row.to} size="sm" fw={550}>
                    {row.name}
                  </Anchor>
                  {row.state}
                </span>
                {row.note && <span className={classes.note}>{row.note}</span>}
              </span>
              <span className={classes.amount}>{row.amount}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
