import { Alert, Button, Group, Text } from '@mantine/core';
import { BellRing } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** Says at once that the estimate on the page has been offered anew while it was open, and leads to what has changed. */
export function NewOffer({ revision, isOpen }: { revision: number; isOpen: boolean }) {
  const { t } = useTranslation(['estimates', 'common']);
  const [known, setKnown] = useState(revision);
  const isNew = isOpen && revision > known;
  const look = () => {
    const changes = document.getElementById('changes');
    changes?.scrollIntoView();
    changes?.focus({ preventScroll: true });
  };
  if (!isNew) return null;
  return (
    <Alert
      color="blue"
      variant="light"
      role="group"
      icon={<BellRing size={18} aria-hidden />}
      title={t('newOffer.title')}
      withCloseButton
      closeButtonLabel={t('common:action.close')}
      onClose={() => setKnown(revision)}
    >
      <Group justify="space-between">
        <Text size="sm">{t('newOffer.text', { number: revision })}</Text>
        <Button size="xs" variant="default" onClick={look}>
          {t('newOffer.look')}
        </Button>
      </Group>
    </Alert>
  );
}
