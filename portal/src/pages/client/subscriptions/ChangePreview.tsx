import { Alert, Paper, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { placeOf } from '../../../api/fieldErrors';
import type { ChangeSubscriptionInput } from '../../../api/schema.generated';
import type { Refusal } from '../../../api/useAction';
import { type Data, useData } from '../../../api/useData';
import { useMe } from '../../../app/viewer';
import { useFormat } from '../../../ui/format';
import { Bars, Loaded } from '../../../ui/Loaded';
import { Bill } from './Bill';
import { SubscriptionChangePreviewDocument, type SubscriptionChangePreviewQuery } from './subscriptions.generated';

export interface Preview {
  data: Data<SubscriptionChangePreviewQuery>;
  refusals: readonly Refusal[];
  /** Whether what is shown is what would happen, and would not be refused. */
  possible: boolean;
}

/** Asks what a change would do; nothing while there is no input to ask about. */
export function usePreview(input: ChangeSubscriptionInput | null, asked: boolean): Preview {
  const nothing = { subscriptionId: '', when: 'NOW' as const };
  const paused = input === null || !asked;
  const data = useData(SubscriptionChangePreviewDocument, { input: input ?? nothing }, { paused });
  const refusals = data.data?.previewSubscriptionChange.userErrors ?? [];
  return {
    data,
    refusals,
    possible: !paused && !!data.data && !data.error && !data.refreshing && refusals.length === 0,
  };
}

/** What would come of a change: an invoice, a credit note or nothing, from when on, and the next invoice after it. */
export function ChangePreview({ of, isShown }: { of: Preview; isShown: (place: string) => boolean }) {
  const { t } = useTranslation('subscriptions');
  return (
    <Paper
      component="section"
      withBorder
      p="md"
      bg="var(--app-canvas)"
      aria-label={t('preview.title')}
      aria-busy={of.data.refreshing}
      aria-live="polite"
    >
      <Loaded of={of.data} skeleton={<Bars rows={2} />}>
        {({ previewSubscriptionChange: preview }) => {
          if (preview.userErrors.length === 0) return <WouldBe preview={preview} />;
          const others = preview.userErrors.filter((one) => !isShown(placeOf(one)));
          return (
            <Stack gap="xs">
              <Text size="sm">{t('preview.refused')}</Text>
              {others.map((one) => (
                <Alert key={one.code} color="red" variant="light">
                  {one.message}
                </Alert>
              ))}
            </Stack>
          );
        }}
      </Loaded>
    </Paper>
  );
}

function WouldBe({ preview }: { preview: SubscriptionChangePreviewQuery['previewSubscriptionChange'] }) {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  const next = preview.upcomingInvoice;
  const isContact = useMe().role === 'CUSTOMER_CONTACT';
  const outcome = t(`preview.${isContact ? 'outcome' : 'outcomeStaff'}.${preview.outcome}`);
  return (
    <Stack gap="sm">
      <Title order={3} size="h5">
        {outcome}
      </Title>
      {preview.document && <Bill label={outcome} document={preview.document} />}
      <Text size="sm">
        {preview.effectiveOn && t('preview.effective', { date: format.date(preview.effectiveOn) })}{' '}
        {next
          ? t('preview.next', { date: format.date(next.date), total: format.money(next.total) })
          : t('preview.noNext')}
      </Text>
    </Stack>
  );
}
