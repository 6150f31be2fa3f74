import { Button } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import type { EstimateFilterInput } from '../../../api/schema.generated';
import { useData } from '../../../api/useData';
import { useMe } from '../../../app/viewer';
import { FilterSelect } from '../../../ui/FilterSelect';
import { Filters } from '../../../ui/Filters';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Pager, usePages } from '../../../ui/Pager';
import { CustomerFilter } from '../../../ui/paramFilters';
import { SearchField, useSearched } from '../../../ui/SearchField';
import { Table } from '../../../ui/Table';
import { EstimateState } from './EstimateState';
import { StaffEstimatesDocument } from './staffEstimates.generated';

const filters = {
  all: {},
  drafts: { states: ['DRAFT'] },
  discarded: { states: ['DISCARDED'] },
  open: { states: ['OFFERED'], expired: false },
  expiring: { expiringWithinDays: 7 },
  expired: { states: ['OFFERED'], expired: true },
  declined: { states: ['DECLINED'] },
  accepted: { states: ['ACCEPTED'] },
  withdrawn: { states: ['WITHDRAWN'] },
  invoiced: { states: ['INVOICED'] },
} as const satisfies Record<string, EstimateFilterInput>;

type Filter = keyof typeof filters;
const isFilter = (text: string): text is Filter => text in filters;

/** All estimates, for the merchant's people: by where they stand, by customer, or by any word in them. */
export default function Estimates() {
  const { t } = useTranslation('staffEstimates');
  const format = useFormat();
  const { mayAct } = useMe();
  const [params] = useSearchParams();
  const asked = params.get('show') ?? 'all';
  const filter = isFilter(asked) ? asked : 'all';
  const customerId = params.get('customer');
  const text = useSearched();
  const pages = usePages();
  const estimates = useData(StaffEstimatesDocument, {
    filter: { ...filters[filter], customerId, text },
    sort: filter === 'expiring' || filter === 'expired' ? 'VALID_UNTIL' : 'DATED',
    descending: filter !== 'expiring',
    after: pages.after,
  });
  const isFiltered = filter !== 'all' || customerId !== null || text !== null;
  return (
    <Page
      title={t('title')}
      actions={
        mayAct && (
          <Button
            component={Link}
            to={customerId ? `/estimates/new?customer=${customerId}` : '/estimates/new'}
            leftSection={<Plus size={16} aria-hidden />}
          >
            {t('new.title')}
          </Button>
        )
      }
    >
      <Filters>
        <FilterSelect
          label={t('filter.label')}
          param="show"
          options={(Object.keys(filters) as Filter[]).map((name) => [name, t(`filter.${name}`)])}
        />
        <CustomerFilter label={t('filter.customer')} placeholder={t('filter.everyCustomer')} />
        <SearchField label={t('filter.search')} />
      </Filters>
      <Loaded of={estimates}>
        {({ estimates: { nodes, pageInfo } }) => (
          <>
            <Table
              label={t('title')}
              rows={nodes}
              rowKey={({ id }) => id}
              href={({ id }) => `/estimates/${id}`}
              empty={t(isFiltered ? 'empty.filtered' : 'empty.all')}
              columns={[
                { key: 'number', header: t('column.number'), cell: (row) => row.number ?? t('draft') },
                { key: 'customer', header: t('column.customer'), cell: (row) => row.customer?.name },
                { key: 'dated', header: t('column.dated'), cell: (row) => format.date(row.dated) },
                {
                  key: 'validUntil',
                  header: t('column.validUntil'),
                  cell: (row) => row.validUntil && format.date(row.validUntil),
                },
                { key: 'state', header: t('column.state'), cell: (row) => <EstimateState of={row} /> },
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
    </Page>
  );
}
