import { Button } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useData } from '../../../api/useData';
import { useMe } from '../../../app/viewer';
import { Empty } from '../../../ui/Empty';
import { FilterSelect } from '../../../ui/FilterSelect';
import { Filters } from '../../../ui/Filters';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Pager, usePages } from '../../../ui/Pager';
import { Table } from '../../../ui/Table';
import { usePerInterval } from '../../client/subscriptions/perInterval';
import { StaffPlansDocument } from './plans.generated';
import { useTaxName } from './taxName';

/** What customers can be subscribed to. */
export default function Plans() {
  const { t } = useTranslation('plans');
  const format = useFormat();
  const per = usePerInterval();
  const taxName = useTaxName({ inColumn: true });
  const { mayAct } = useMe();
  const [params] = useSearchParams();
  const archived = params.get('show') === 'archived';
  const pages = usePages();
  const plans = useData(StaffPlansDocument, { archived, after: pages.after });
  const newPlan = mayAct && (
    <Button component={Link} to="/plans/new" leftSection={<Plus size={18} aria-hidden />}>
      {t('new')}
    </Button>
  );
  return (
    <Page title={t('title')} subtitle={t('subtitle')} actions={newPlan}>
      <Filters>
        <FilterSelect
          label={t('filter.label')}
          param="show"
          options={[
            ['offered', t('filter.offered')],
            ['archived', t('filter.archived')],
          ]}
        />
      </Filters>
      <Loaded of={plans}>
        {({ plans: { nodes, pageInfo } }) => (
          <>
            <Table
              label={t('title')}
              rows={nodes}
              rowKey={({ id }) => id}
              href={({ id }) => `/plans/${id}`}
              empty={<Empty text={t(archived ? 'empty.archived' : 'empty.offered')} />}
              columns={[
                { key: 'name', header: t('field.name'), cell: (row) => row.name },
                {
                  key: 'trial',
                  header: t('field.trial'),
                  cell: (row) => row.trialDays > 0 && t('days', { count: row.trialDays }),
                },
                {
                  key: 'fee',
                  header: t('field.setupFee'),
                  cell: (row) => row.setupFee && format.money(row.setupFee),
                },
                { key: 'tax', header: t('field.tax'), cell: (row) => taxName(row.taxCategory, row.taxPercent) },
                {
                  key: 'price',
                  header: t('field.price'),
                  end: true,
                  narrow: 'amount',
                  cell: (row) => per(row.price, row.interval),
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
