import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { EstimateFilterInput } from '../../../api/schema.generated';
import { useData } from '../../../api/useData';
import { FilterSelect } from '../../../ui/FilterSelect';
import { Filters } from '../../../ui/Filters';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Pager, usePages } from '../../../ui/Pager';
import { Table } from '../../../ui/Table';
import { EstimateStateBadge } from './EstimateStateBadge';
import { EstimatesDocument } from './estimates.generated';

const filters = {
  all: {},
  waiting: { states: ['OFFERED'], expired: false },
  accepted: { states: ['ACCEPTED', 'INVOICED'] },
  declined: { states: ['DECLINED'] },
  expired: { states: ['OFFERED'], expired: true },
} as const satisfies Record<string, EstimateFilterInput>;

type Filter = keyof typeof filters;
const isFilter = (text: string): text is Filter => text in filters;

/** The estimates that the customer was offered. */
export default function Estimates() {
  const { t } = useTranslation('estimates');
  const format = useFormat();
  const [params] = useSearchParams();
  const asked = params.get('show') ?? 'all';
  const filter = isFilter(asked) ? asked : 'all';
  const pages = usePages();
  const estimates = useData(EstimatesDocument, { filter: filters[filter], after: pages.after });
  return (
    <Page title={t('title')}>
      <Filters>
        <FilterSelect
          label={t('filter.label')}
          param="show"
          options={(Object.keys(filters) as Filter[]).map((name) => [name, t(`filter.${name}`)])}
        />
      </Filters>
      <Loaded of={estimates}>
        {({ estimates: { nodes, pageInfo } }) => (
          <>
            <Table
              label={t('title')}
              rows={nodes}
              rowKey={({ id }) => id}
              href={({ id }) => `/estimates/${id}`}
              empty={t(filter === 'all' ? 'empty.all' : 'empty.filtered')}
              columns={[
                { key: 'number', header: t('column.number'), cell: (row) => row.number ?? t('unnumbered') },
                { key: 'dated', header: t('column.dated'), cell: (row) => format.date(row.dated) },
                {
                  key: 'validUntil',
                  header: t('column.validUntil'),
                  cell: (row) => row.validUntil && format.date(row.validUntil),
                },
                { key: 'state', header: t('column.state'), cell: (row) => <EstimateStateBadge of={row} /> },
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
