import { Button } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useData } from '../../../api/useData';
import { useMe } from '../../../app/viewer';
import { FilterSelect } from '../../../ui/FilterSelect';
import { Filters } from '../../../ui/Filters';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Pager, usePages } from '../../../ui/Pager';
import { StateFilter } from '../../client/subscriptions/StateFilter';
import { stateNamed } from '../../client/subscriptions/SubscriptionStateBadge';
import { SubscriptionTable } from '../../client/subscriptions/SubscriptionTable';
import { StaffPlanNamesDocument, StaffSubscriptionsDocument } from './subscriptions.generated';

/** The subscriptions of all customers. */
export default function Subscriptions() {
  const { t } = useTranslation('subscriptions');
  const { mayAct } = useMe();
  const [params] = useSearchParams();
  const state = stateNamed(params.get('state'));
  const planId = params.get('plan') || null;
  const customerId = params.get('customer') || null;
  const pages = usePages();
  const subscriptions = useData(StaffSubscriptionsDocument, {
    filter: { state, planId, customerId },
    after: pages.after,
  });
  return (
    <Page
      title={t('title')}
      actions={
        mayAct && (
          <Button
            component={Link}
            to={customerId ? `/subscriptions/new?customer=${customerId}` : '/subscriptions/new'}
            leftSection={<Plus size={18} aria-hidden />}
          >
            {t('start.action')}
          </Button>
        )
      }
    >
      <Filters>
        <StateFilter />
        <PlanFilter />
      </Filters>
      <Loaded of={subscriptions}>
        {({ subscriptions: { nodes, pageInfo } }) => (
          <>
            <SubscriptionTable
              rows={nodes}
              empty={t(state || planId || customerId ? 'empty.filteredStaff' : 'empty.staff')}
              more={[{ key: 'customer', header: t('column.customer'), cell: (row) => row.customer?.name }]}
            />
            <Pager pages={pages} info={pageInfo} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** To which plan; those that are offered no more come last. */
function PlanFilter() {
  const { t } = useTranslation('subscriptions');
  const plans = useData(StaffPlanNamesDocument, {});
  const { offered, archived } = plans.data ?? {};
  return (
    <FilterSelect
      label={t('filter.plan')}
      param="plan"
      options={[
        ['', t('filter.anyPlan')],
        ...(offered?.nodes ?? []).map((plan) => [plan.id, plan.name] as const),
        ...(archived?.nodes ?? []).map((plan) => [plan.id, t('filter.archived', { plan: plan.name })] as const),
      ]}
    />
  );
}
