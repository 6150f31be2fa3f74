import { Alert, Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Says that what was entered earlier is there again, and offers to begin anew. */
export function Restored({ of }: { of: { isRestored: boolean; startOver: () => void } }) {
  const { t } = useTranslation();
  if (!of.isRestored) return null;
  return (
    <Alert variant="light" color="gray" role="status">
      <Group justify="space-between">
        <Text size="sm">{t('restored')}</Text>
        <Button
          size="xs"
          variant="default"
          onClick={({ currentTarget }) => {
            of.startOver();
            currentTarget.closest('form')?.querySelector<HTMLElement>('input, select, textarea')?.focus();
          }}
        >
          {t('startOver')}
        </Button>
      </Group>
    </Alert>
  );
}
