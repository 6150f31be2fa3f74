import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { Bill } from './Bill';
import { usePerInterval } from './perInterval';
import type { SubscriptionDetailFragment } from './subscriptions.generated';

/** The next invoice as it stands now, and the change that comes with it. */
export function Upcoming({ of, onDropChange }: { of: SubscriptionDetailFragment; onDropChange: (() => void) | null }) {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  const per = usePerInterval();
  const { upcomingInvoice: next, pendingChange: change } = of;
  if (!next && !change) return null;
  return (
    <>
      {change && (
        <Section
          title={t('pending.title')}
          actions={
            onDropChange && (
              <Button variant="default" size="xs" onClick={onDropChange}>
                {t('act.dropChange')}
              </Button>
            )
          }
        >
          <Text size="sm">
            {t('pending.text', {
              plan: change.planName,
              quantity: format.number(change.quantity),
              amount: per(change.amount, change.interval),
              date: next ? format.date(next.date) : '',
            })}
          </Text>
        </Section>
      )}
      {next && (
        <Section title={t('upcoming.title')}>
          <Stack gap="md">
            <Group justify="space-between" align="baseline">
              <Text size="sm">
                {t('upcoming.text', { date: format.date(next.date), to: format.date(next.periodEnd) })}
              </Text>
            </Group>
            <Bill label={t('upcoming.title')} document={next.document} />
          </Stack>
        </Section>
      )}
    </>
  );
}
