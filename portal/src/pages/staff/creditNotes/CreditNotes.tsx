import { Button, SimpleGrid, Text } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { CreditNoteFilterInput } from '../../../api/schema.generated';
import { useData } from '../../../api/useData';
import { useMe } from '../../../app/viewer';
import { FilterSelect } from '../../../ui/FilterSelect';
import { isZero, useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Pager, usePages } from '../../../ui/Pager';
import { CustomerFilter, useParam } from '../../../ui/paramFilters';
import { SearchField } from '../../../ui/SearchField';
import { Table } from '../../../ui/Table';
import { NoteState } from '../settling/NoteState';
import { StaffCreditNotesDocument } from './creditNotes.generated';

const states = {
  all: {},
  draft: { status: ['DRAFT'] },
  open: { status: ['OPEN'] },
  closed: { status: ['CLOSED'] },
  voided: { status: ['VOIDED'] },
  discarded: { status: ['DISCARDED'] },
} as const satisfies Record<string, CreditNoteFilterInput>;

type Shown = keyof typeof states;
const isShown = (text: string): text is Shown => text in states;

/** The credit notes of all customers. */
export default function CreditNotes() {
  const { t } = useTranslation('creditNotes');
  const format = useFormat();
  const { mayAct } = useMe();
  const [asked] = useParam('show');
  const [customerId] = useParam('customer');
  const [number] = useParam('q');
  const show = asked && isShown(asked) ? asked : 'all';
  const filter: CreditNoteFilterInput = { ...states[show], customerId, number: number?.slice(0, 50) ?? null };
  const pages = usePages();
  const notes = useData(StaffCreditNotesDocument, { filter, after: pages.after });
  const isFiltered = show !== 'all' || customerId !== null || number !== null;
  return (
    <Page
      title={t('title')}
      actions={
        mayAct && (
          <Button
            component={Link}
            to={customerId ? `/credit-notes/new?customer=${customerId}` : '/credit-notes/new'}
            leftSection={<Plus size={16} aria-hidden />}
          >
            {t('new')}
          </Button>
        )
      }
    >
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
        <SearchField label={t('filter.search')} />
        <FilterSelect
          label={t('filter.label')}
          param="show"
          options={(Object.keys(states) as Shown[]).map((name) => [name, t(`filter.${name}`)])}
        />
        <CustomerFilter label={t('filter.customer')} placeholder={t('filter.anyCustomer')} />
      </SimpleGrid>
      <Loaded of={notes}>
        {({ creditNotes: { nodes, pageInfo, totalCount } }) => (
          <>
            <Table
              label={t('title')}
              rows={nodes}
              rowKey={({ id }) => id}
              href={({ id }) => `/credit-notes/${id}`}
              empty={t(isFiltered ? 'empty.filtered' : 'empty.all')}
              columns={[
                {
                  key: 'number',
                  header: t('column.number'),
                  nowrap: true,
                  cell: (row) => row.number ?? t('unnumbered'),
                },
                { key: 'customer', header: t('column.customer'), cell: (row) => row.customer?.name },
                { key: 'invoice', header: t('column.invoice'), nowrap: true, cell: (row) => row.invoice?.number },
                { key: 'dated', header: t('column.dated'), nowrap: true, cell: (row) => format.date(row.dated) },
                { key: 'state', header: t('column.state'), cell: (row) => <NoteState of={row.status} /> },
                {
                  key: 'total',
                  header: t('column.total'),
                  end: true,
                  narrow: 'amount',
                  cell: (row) => format.money(row.total),
                },
                {
                  key: 'unapplied',
                  header: t('column.unapplied'),
                  end: true,
                  cell: (row) =>
                    row.status === 'OPEN' && !isZero(row.unapplied.amount) ? format.money(row.unapplied) : '',
                },
              ]}
            />
            {nodes.length > 0 && (
              <Text size="sm" c="dimmed">
                {t('count', { count: totalCount })}
              </Text>
            )}
            <Pager pages={pages} info={pageInfo} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
