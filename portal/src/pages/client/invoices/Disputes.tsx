import { Box, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DisputeOutcome } from '../../../api/schema.generated';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { State, type Tone } from '../../../ui/State';
import type { ShownInvoice } from './Invoice';

const tones = {
  UPHELD: 'good',
  REJECTED: 'bad',
  WITHDRAWN: 'neutral',
} as const satisfies Record<DisputeOutcome, Tone>;

/** What the customer does not want to pay, why, and how it ended. */
export function Disputes({ invoice }: { invoice: ShownInvoice }) {
  const { t } = useTranslation('invoices');
  if (invoice.disputes.length === 0) return null;
  return (
    <Section title={t('dispute.list')}>
      <Stack gap="lg">
        {invoice.disputes.map((one) => (
          <Dispute key={one.id} of={one} line={lineOf(invoice, one.lineId)} />
        ))}
      </Stack>
    </Section>
  );
}

const lineOf = (invoice: ShownInvoice, lineId: number | null) =>
  lineId === null ? null : (invoice.document?.lines.find((line) => line.lineId === lineId)?.description ?? null);

function Dispute({ of, line }: { of: ShownInvoice['disputes'][number]; line: string | null }) {
  const { t } = useTranslation('invoices');
  const format = useFormat();
  return (
    <Box>
      <Group gap="sm" mb={4}>
        <Text fw={550} size="sm">
          {line ?? t('dispute.whole')}
          {of.amount && ` · ${format.money(of.amount)}`}
        </Text>
        {of.outcome ? (
          <State tone={tones[of.outcome]}>{t(`dispute.outcome.${of.outcome}`)}</State>
        ) : (
          <State tone="warn">{t('dispute.open')}</State>
        )}
      </Group>
      <Text size="sm" style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>
        {of.reason}
      </Text>
      <Text size="xs" c="dimmed">
        {of.raisedBy} · {format.date(of.raisedOn)}
      </Text>
      {of.words && (
        <Text size="sm" mt="xs" style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>
          {t('dispute.answer', { words: of.words })}
        </Text>
      )}
      {of.settledOn && (
        <Text size="xs" c="dimmed">
          {t('dispute.settledOn', { date: format.date(of.settledOn) })}
        </Text>
      )}
      {!of.outcome && (
        <Text size="xs" c="dimmed" mt={4}>
          {t('dispute.meanwhile')}
        </Text>
      )}
    </Box>
  );
}
