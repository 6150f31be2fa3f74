import { Blockquote, Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import type { DisputeOutcome } from '../../../api/schema.generated';
import { useMe } from '../../../app/viewer';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { onDemand } from '../../../ui/onDemand';
import { State, type Tone } from '../../../ui/State';
import type { StaffInvoicePartsFragment } from './invoices.generated';

const SettleDialog = onDemand(() => import('./SettleDialog').then((module) => module.SettleDialog));

type Dispute = StaffInvoicePartsFragment['disputes'][number];

const tones = { UPHELD: 'good', REJECTED: 'neutral', WITHDRAWN: 'neutral' } as const satisfies Record<
  DisputeOutcome,
  Tone
>;

/** What the customer objects to on an invoice, in its words, and what was answered. */
export function Disputes({ invoice }: { invoice: StaffInvoicePartsFragment }) {
  const { t } = useTranslation('staffInvoices');
  return (
    <Section title={t('disputes.title')}>
      <Stack gap="lg">
        {invoice.disputes.map((dispute) => (
          <Entry key={dispute.id} dispute={dispute} invoice={invoice} />
        ))}
      </Stack>
    </Section>
  );
}

function Entry({ dispute, invoice }: { dispute: Dispute; invoice: StaffInvoicePartsFragment }) {
  const { t } = useTranslation('staffInvoices');
  const format = useFormat();
  const { mayAct } = useMe();
  const [opened, { open, close }] = useDisclosure(false);
  const { outcome, amount } = dispute;
  const line = invoice.document?.lines.find(({ lineId }) => lineId === dispute.lineId);
  return (
    <Stack gap="xs">
      <Group gap="sm" justify="space-between">
        <Group gap="sm">
          {outcome ? (
            <State tone={tones[outcome]}>{t(`disputes.outcome.${outcome}`)}</State>
          ) : (
            <State tone="warn">{t('disputes.open')}</State>
          )}
          <Text size="sm" c="dimmed">
            {t('disputes.raised', { name: dispute.raisedBy, date: format.date(dispute.raisedOn) })}
          </Text>
        </Group>
        {mayAct && !outcome && <Button onClick={open}>{t('disputes.settle')}</Button>}
      </Group>
      <Text size="sm">
        {line ? t('disputes.line', { line: line.description }) : t('disputes.wholeInvoice')}
        {amount && ` · ${t('disputes.amount', { amount: format.money(amount) })}`}
      </Text>
      <Blockquote p="sm" fz="sm" style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>
        {dispute.reason}
      </Blockquote>
      {dispute.words && (
        <Text size="sm" style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>
          {dispute.settledOn && (
            <Text span c="dimmed" size="sm">
              {t('disputes.settled', { date: format.date(dispute.settledOn) })}:{' '}
            </Text>
          )}
          {dispute.words}
        </Text>
      )}
      {mayAct && <SettleDialog invoiceId={invoice.id} dispute={dispute} opened={opened} onClose={close} />}
    </Stack>
  );
}
