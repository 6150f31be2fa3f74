import { Alert, List, Text } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { placeOf } from '../api/fieldErrors';
import type { Failure, Refusal } from '../api/useAction';

/** Why an action was refused or failed; refusals that stand at their field already are left out by `except`. */
export function Problems({
  of,
  except = () => false,
  title,
}: {
  of: { refusals: readonly Refusal[]; failure: Failure | null };
  except?: (place: string) => boolean;
  /** What a refusal is headed with. */
  title?: string;
}) {
  const { t } = useTranslation();
  const refusals = of.refusals.filter((one) => !except(placeOf(one)));
  if (refusals.length === 0 && !of.failure) return null;
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<TriangleAlert size={18} aria-hidden />}
      title={of.failure || !title ? titleOf(of.failure, t) : title}
    >
      {of.failure?.kind === 'network' && <Text size="sm">{t('error.offlineAction')}</Text>}
      {of.failure && of.failure.kind !== 'network' && <Text size="sm">{of.failure.message}</Text>}
      {refusals.length === 1 && <Text size="sm">{refusals[0]?.message}</Text>}
      {refusals.length > 1 && (
        <List size="sm">
          {refusals.map((one) => (
            <List.Item key={`${placeOf(one)} ${one.code}`}>{one.message}</List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}

function titleOf(failure: Failure | null, t: ReturnType<typeof useTranslation<'common'>>['t']): string {
  switch (failure?.kind) {
    case undefined:
      return t('error.refused');
    case 'network':
      return t('error.offline');
    case 'conflict':
      return t('error.conflict');
    case 'repeated':
      return t('error.repeated');
    case 'forbidden':
      return t('error.forbidden');
    case 'limited':
      return t('error.limited');
    case 'internal':
      return t('error.title');
  }
}
