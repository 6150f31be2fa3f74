import { Radio, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { StartForm } from './startValues';

/** How the subscription's invoices are paid. */
export function CollectionChoice({
  form,
  customer,
}: {
  form: StartForm;
  customer: { readonly paymentMethod: string | null } | null;
}) {
  const { t } = useTranslation('subscriptions');
  const method = customer?.paymentMethod;
  const automatic = method
    ? t('start.automaticWith', { method })
    : t(customer ? 'start.automaticNone' : 'start.automaticText');
  return (
    <Radio.Group
      label={t('start.collection')}
      value={form.values.collection}
      onChange={(value) => form.setFieldValue('collection', value === 'AUTOMATIC' ? 'AUTOMATIC' : 'OFFLINE')}
    >
      <Stack gap="xs" mt="xs">
        <Radio value="OFFLINE" label={t('collection.OFFLINE')} description={t('start.offlineText')} />
        <Radio value="AUTOMATIC" label={t('collection.AUTOMATIC')} description={automatic} />
      </Stack>
    </Radio.Group>
  );
}
