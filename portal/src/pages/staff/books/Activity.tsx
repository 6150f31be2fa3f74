import { useTranslation } from 'react-i18next';
import { Section } from '../../../ui/Facts';
import { Filters } from '../../../ui/Filters';
import { Page } from '../../../ui/Page';
import { CustomerFilter, useParam } from '../../../ui/paramFilters';
import { ActivityList } from './ActivityList';

/** Everything that happened, as the log has it: the audit trail. */
export default function Activity() {
  const { t } = useTranslation('customers');
  const [customerId] = useParam('customer');
  return (
    <Page title={t('activity.title')} subtitle={t('activity.subtitle')}>
      <Filters>
        <CustomerFilter label={t('activity.customer')} placeholder={t('activity.everyCustomer')} />
      </Filters>
      <Section title={t('activity.events')}>
        <ActivityList customerId={customerId} first={30} paged />
      </Section>
    </Page>
  );
}
