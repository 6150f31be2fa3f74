import { Box, Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { DisputeOutcome } from '../../../api/schema.generated';
import { useAction } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { onDemand } from '../../../ui/onDemand';
import { State, type Tone } from '../../../ui/State';
import type { ShownInvoice } from './Invoice';
import { WithdrawDisputeDocument } from './invoices.generated';

const ReasonDialog = onDemand(() => import('../../../ui/ReasonDialog').then((module) => module.ReasonDialog));

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
          <Dispute key={one.id} of={one} invoiceId={invoice.id} line={lineOf(invoice, one.lineId)} />
        ))}
      </Stack>
    </Section>
  );
}

const lineOf = (invoice: ShownInvoice, lineId: number | null) =>
  lineId === null ? null : (invoice.document?.lines.find((line) => line.lineId === lineId)?.description ?? null);

function Dispute(props: { of: ShownInvoice['disputes'][number]; invoiceId: string; line: string | null }) {
  const { of, line } = props;
  const { t } = useTranslation('invoices');
  const format = useFormat();
  const place = useRef<HTMLDivElement>(null);
  const wasOpen = useRef(!of.outcome);
  useEffect(() => {
    // The button that had the focus is gone.
    const isLost = wasOpen.current && of.outcome && document.activeElement === document.body;
    if (isLost) place.current?.focus({ preventScroll: true });
    wasOpen.current = !of.outcome;
  }, [of.outcome]);
  return (
    <Box ref={place} tabIndex={-1} style={{ outline: 'none' }}>
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
          {t(of.outcome === 'WITHDRAWN' ? 'dispute.withdrawn' : 'dispute.answer', { words: of.words })}
        </Text>
      )}
      {of.settledOn && (
        <Text size="xs" c="dimmed">
          {t(of.outcome === 'WITHDRAWN' ? 'dispute.withdrawnOn' : 'dispute.settledOn', {
            date: format.date(of.settledOn),
          })}
        </Text>
      )}
      {!of.outcome && (
        <Text size="xs" c="dimmed" mt={4}>
          {t('dispute.meanwhile')}
        </Text>
      )}
      <Withdraw invoiceId={props.invoiceId} dispute={of} />
    </Box>
  );
}

/** Takes a dispute back, where customers may dispute. What is typed stays, also where it is settled meanwhile. */
function Withdraw({ invoiceId, dispute }: { invoiceId: string; dispute: { id: string; outcome: unknown } }) {
  const { t } = useTranslation('invoices');
  const { mayAct, portal } = useMe();
  const [opened, { open, close }] = useDisclosure(false);
  const withdraw = useAction(WithdrawDisputeDocument, (result) => result.withdrawDispute);
  if (!mayAct || !portal?.dispute) return null;
  return (
    <>
      {!dispute.outcome && (
        <Button variant="default" size="xs" mt="xs" data-print="hide" onClick={open}>
          {t('dispute.withdraw.action')}
        </Button>
      )}
      <ReasonDialog
        name={`withdraw:${dispute.id}`}
        title={t('dispute.withdraw.title')}
        text={t('dispute.withdraw.text')}
        label={t('dispute.withdraw.reason')}
        submit={t('dispute.withdraw.action')}
        opened={opened}
        onClose={close}
        action={withdraw}
        send={(words) => withdraw.run({ input: { invoiceId, disputeId: dispute.id, words } })}
        done={t('dispute.withdraw.done')}
      />
    </>
  );
}
