import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useData } from '../../../api/useData';
import { Filters } from '../../../ui/Filters';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Pager, usePages } from '../../../ui/Pager';
import { StateFilter } from './StateFilter';
import { stateNamed } from './SubscriptionStateBadge';
import { SubscriptionTable } from './SubscriptionTable';
import { SubscriptionsDocument } from './subscriptions.generated';

/** What the customer is subscribed to. */
export default function Subscriptions() {
  const { t } = useTranslation('subscriptions');
  const [params] = useSearchParams();
  const state = stateNamed(params.get('state'));
  const pages = usePages();
  const subscriptions = useData(SubscriptionsDocument, { filter: { state }, after: pages.after });
  return (
    <Page title={t('title')}>
      <Filters>
        <StateFilter />
      </Filters>
      <Loaded of={subscriptions}>
        {({ subscriptions: { nodes, pageInfo } }) => (
          <>
            <SubscriptionTable rows={nodes} empty={t(state ? 'empty.filtered' : 'empty.all')} />
            <Pager pages={pages} info={pageInfo} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
