import { Alert, Anchor, Text } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';

/** Somebody has saved the same document meanwhile: how it stands now is a click away, in a tab beside what was entered. */
export function Overtaken({ at }: { at: string }) {
  const { t } = useTranslation(['settling', 'common']);
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<TriangleAlert size={18} aria-hidden />}
      title={t('common:error.conflict')}
    >
      <Text size="sm">
        {t('overtaken.text')}{' '}
        <Anchor href={at} target="_blank" size="sm" underline="always">
          {t('overtaken.look')}
        </Anchor>
      </Text>
    </Alert>
  );
}
