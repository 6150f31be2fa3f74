import { Tabs } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { Page } from '../../../ui/Page';
import { CreditTab } from './CreditTab';
import { PaymentList } from './PaymentList';

/** What the customer has paid and, beside it, what stands to its credit. */
export default function Payments() {
  const { t } = useTranslation('payments');
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const tab = params.get('tab') === 'credit' ? 'credit' : 'payments';
  return (
    <Page title={t('title')}>
      <Tabs
        value={tab}
        onChange={(value) => navigate(value === 'credit' ? '/payments?tab=credit' : '/payments')}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="payments">{t('tab.payments')}</Tabs.Tab>
          <Tabs.Tab value="credit">{t('tab.credit')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="payments">
          <PaymentList />
        </Tabs.Panel>
        <Tabs.Panel value="credit">
          <CreditTab />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
