import { Alert, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Data } from '../api/useData';
import { useOnline } from './useOnline';

/**
 * What a page shows of its data: bars while there is none, what went wrong and a way to try again, or the content. An
 * error while something is shown already stands above it, unless it is the missing network, of which the shell tells.
 */
export function Loaded<Result>({
  of,
  skeleton,
  children,
}: {
  of: Data<Result>;
  skeleton?: ReactNode;
  children: (data: Result) => ReactNode;
}) {
  const online = useOnline();
  if (of.data) {
    return (
      <>
        {of.error && online && <Fault of={of} />}
        {children(of.data)}
      </>
    );
  }
  if (of.error) return <Fault of={of} />;
  return skeleton ?? <Bars />;
}

function Fault<Result>({ of }: { of: Data<Result> }) {
  const { t } = useTranslation();
  const [first] = of.error?.graphQLErrors ?? [];
  return (
    <Alert color="red" variant="light" title={first ? t('error.title') : t('error.offline')} role="alert">
      <Group justify="space-between">
        <Text size="sm">{first ? first.message : t('error.offlineText')}</Text>
        {/* Never disabled: it is asked again by itself too, and whoever stands on it keeps standing on it. */}
        <Button size="xs" variant="default" onClick={of.refresh} aria-busy={of.refreshing}>
          {t('action.retry')}
        </Button>
      </Group>
    </Alert>
  );
}

/** Bars in place of rows. */
export function Bars({ rows = 6 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm" role="status" aria-label={t('loading')}>
      {Array.from({ length: rows }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars have nothing else
        <Skeleton key={at} height={44} radius="md" />
      ))}
    </Stack>
  );
}
