import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useData } from '../../../api/useData';
import { customerLookedAt } from '../../../api/viewAs';
import { useMe } from '../../../app/viewer';
import { Section } from '../../../ui/Facts';
import { isZero, useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Pager, usePages } from '../../../ui/Pager';
import { Table } from '../../../ui/Table';
import { CreditNoteStateBadge } from './CreditNoteStateBadge';
import { CreditDocument, CreditNotesDocument, type CreditQuery } from './payments.generated';

/** What stands to the customer's credit and where it comes from; then every credit note. */
export function CreditTab() {
  const me = useMe();
  const customer = me.customerId ?? customerLookedAt() ?? '';
  const credit = useData(CreditDocument, { customer }, { paused: !customer });
  return (
    <Stack gap="lg">
      <Loaded of={credit}>{(data) => <Unapplied customer={data.customer} />}</Loaded>
      <CreditNotes />
    </Stack>
  );
}

function Unapplied({ customer }: { customer: CreditQuery['customer'] }) {
  const { t } = useTranslation('payments');
  const format = useFormat();
  const balances = (customer?.balances ?? []).filter(({ credit }) => !isZero(credit.amount));
  return (
    <Section title={t('credit.title')}>
      {balances.length === 0 && <Text size="sm">{t('credit.none')}</Text>}
      {balances.map(({ credit }) => (
        <Text key={credit.currency} fz="xl" fw={650}>
          {format.money(credit)}
        </Text>
      ))}
      {balances.length > 0 && (
        <>
          <Text size="sm" c="dimmed" mb="md">
            {t('credit.text')}
          </Text>
          <Table
            label={t('credit.title')}
            rows={customer?.credit ?? []}
            rowKey={(row) => row.payment?.id ?? row.creditNote?.id ?? ''}
            href={(row) => (row.payment ? `/payments/${row.payment.id}` : `/credit-notes/${row.creditNote?.id}`)}
            empty=""
            columns={[
              { key: 'number', header: t('column.number'), cell: (row) => row.number },
              {
                key: 'kind',
                header: t('credit.from'),
                cell: (row) => t(row.payment ? 'credit.payment' : 'credit.creditNote'),
              },
              { key: 'dated', header: t('column.dated'), cell: (row) => format.date(row.dated) },
              {
                key: 'amount',
                header: t('credit.left'),
                end: true,
                narrow: 'amount',
                cell: (row) => format.money(row.amount),
              },
            ]}
          />
        </>
      )}
    </Section>
  );
}

function CreditNotes() {
  const { t } = useTranslation('payments');
  const format = useFormat();
  const pages = usePages();
  const notes = useData(CreditNotesDocument, { after: pages.after });
  return (
    <Section title={t('creditNote.title')}>
      <Loaded of={notes}>
        {({ creditNotes: { nodes, pageInfo } }) => (
          <>
            <Table
              label={t('creditNote.title')}
              rows={nodes}
              rowKey={({ id }) => id}
              href={({ id }) => `/credit-notes/${id}`}
              empty={<Text size="sm">{t('creditNote.empty')}</Text>}
              columns={[
                { key: 'number', header: t('column.number'), cell: (row) => row.number },
                { key: 'dated', header: t('column.dated'), cell: (row) => format.date(row.dated) },
                { key: 'for', header: t('creditNote.for'), cell: (row) => row.invoice?.number ?? '–' },
                {
                  key: 'state',
                  header: t('column.state'),
                  cell: (row) => <CreditNoteStateBadge status={row.status} />,
                },
                {
                  key: 'left',
                  header: t('credit.left'),
                  end: true,
                  cell: (row) => (isZero(row.unapplied.amount) ? '–' : format.money(row.unapplied)),
                },
                {
                  key: 'total',
                  header: t('column.total'),
                  end: true,
                  narrow: 'amount',
                  cell: (row) => format.money(row.total),
                },
              ]}
            />
            <Pager pages={pages} info={pageInfo} />
          </>
        )}
      </Loaded>
    </Section>
  );
}
