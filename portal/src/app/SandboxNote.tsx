import { Text } from '@mantine/core';
import { FlaskConical } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { boot } from './boot';

/** On every page where payments go to the sandbox: what is paid there is not paid. */
export function SandboxNote() {
  const { t } = useTranslation();
  if (!boot.sandbox) return null;
  return (
    <Text size="sm" mb="md" c="var(--tone-warn-text)" data-print="hide">
      <FlaskConical size={14} aria-hidden /> {t('sandbox')}
    </Text>
  );
}
