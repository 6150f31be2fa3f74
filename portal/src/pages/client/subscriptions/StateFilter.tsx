import { useTranslation } from 'react-i18next';
import { FilterSelect } from '../../../ui/FilterSelect';
import { subscriptionStates } from './SubscriptionStateBadge';

/** Which subscriptions are listed, by where they stand. */
export function StateFilter() {
  const { t } = useTranslation('subscriptions');
  return (
    <FilterSelect
      label={t('filter.state')}
      param="state"
      options={[['', t('filter.all')], ...subscriptionStates.map((state) => [state, t(`state.${state}`)] as const)]}
    />
  );
}
