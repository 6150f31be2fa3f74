import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useData } from '../../../api/useData';
import { Section } from '../../../ui/Facts';
import { isZero, useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Table } from '../../../ui/Table';
import { SubscriptionPeriodsDocument } from './subscriptions.generated';

/** The periods that were billed, the newest first, each with its invoice. */
export function Periods({ of }: { of: string }) {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  const periods = useData(SubscriptionPeriodsDocument, { id: of });
  return (
    <Section title={t('periods.title')}>
      <Loaded of={periods}>
        {({ subscription }) => (
          <Table
            label={t('periods.title')}
            rows={[...(subscription?.periods ?? [])].reverse()}
            rowKey={({ number }) => `${number}`}
            empty={t('periods.empty')}
            columns={[
              {
                key: 'period',
                header: t('periods.period'),
                cell: (row) => t('fromTo', { from: format.date(row.start), to: format.date(row.end) }),
              },
              {
                key: 'invoice',
                header: t('periods.invoice'),
                cell: ({ invoice }) =>
                  invoice ? (
                    <Anchor component={Link} to={`/invoices/${invoice.id}`} inherit>
                      {invoice.number ?? t('periods.draft')}
                    </Anchor>
                  ) : (
                    t('periods.noInvoice')
                  ),
              },
              {
                key: 'due',
                header: t('periods.due'),
                cell: ({ invoice }) =>
                  invoice && (isZero(invoice.due.amount) ? t('periods.nothingDue') : format.money(invoice.due)),
              },
              {
                key: 'total',
                header: t('periods.total'),
                end: true,
                narrow: 'amount',
                cell: ({ invoice }) => invoice && format.money(invoice.total),
              },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}
