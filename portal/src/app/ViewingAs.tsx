import { Alert, Button, Group, Text } from '@mantine/core';
import { Eye } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useData } from '../api/useData';
import { lookAsOneself } from '../api/viewAs';
import { CustomerLookedAtDocument } from './viewAs.generated';

/** Above every page while one of the organisation's people sees the portal as a customer does: as whom, and the way back. */
export function ViewingAs({ customerId }: { customerId: string }) {
  const { t } = useTranslation();
  const name = useData(CustomerLookedAtDocument, { id: customerId }, { live: false }).data?.customer?.name;
  return (
    <Alert variant="light" color="yellow" mb="md" icon={<Eye size={18} aria-hidden />} data-print="hide">
      <Group justify="space-between">
        <Text size="sm">{name ? t('viewAs.named', { name }) : t('viewAs.text')}</Text>
        <Button size="xs" variant="default" onClick={() => lookAsOneself(`/customers/${customerId}`)}>
          {t('viewAs.leave')}
        </Button>
      </Group>
    </Alert>
  );
}
