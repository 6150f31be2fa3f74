import { Alert, Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Says that what stands in the form was typed before and is not saved, and offers what the server has instead. */
export function Unsaved({ of }: { of: { isUnsaved: boolean; discard: () => void } }) {
  const { t } = useTranslation();
  if (!of.isUnsaved) return null;
  return (
    <Alert variant="light" color="gray">
      <Group justify="space-between">
        <Text size="sm">{t('notSaved')}</Text>
        <Button size="xs" variant="default" onClick={of.discard}>
          {t('action.discard')}
        </Button>
      </Group>
    </Alert>
  );
}
