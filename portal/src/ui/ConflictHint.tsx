import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Failure } from '../api/useAction';

/** What to do where somebody was faster: look, and send it again. */
export function ConflictHint({ of }: { of: { failure: Failure | null } }) {
  const { t } = useTranslation();
  return of.failure?.kind === 'conflict' ? <Text size="sm">{t('reason.conflict')}</Text> : null;
}
