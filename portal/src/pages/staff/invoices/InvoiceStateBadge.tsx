import { Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { InvoiceStatus } from '../../../api/schema.generated';
import { State, type Tone } from '../../../ui/State';

const tones = {
  DRAFT: 'neutral',
  DISCARDED: 'neutral',
  UNPAID: 'info',
  PARTIALLY_PAID: 'info',
  PAID: 'good',
  VOIDED: 'neutral',
  WRITTEN_OFF: 'neutral',
} as const satisfies Record<InvoiceStatus, Tone>;

/** Where an invoice stands, and what wants attention: that it is overdue, that it is disputed. */
export function InvoiceStateBadge({
  of,
}: {
  of: { readonly status: InvoiceStatus; readonly overdue: boolean; readonly disputed: boolean };
}) {
  const { t } = useTranslation('staffInvoices');
  // What is overdue is unpaid; that it is paid in part is said beside it.
  const isPlainOverdue = of.overdue && of.status === 'UNPAID';
  return (
    <Group gap={6} component="span" display="inline-flex">
      {!isPlainOverdue && <State tone={tones[of.status]}>{t(`state.${of.status}`)}</State>}
      {of.overdue && <State tone="bad">{t('state.OVERDUE')}</State>}
      {of.disputed && <State tone="warn">{t('state.DISPUTED')}</State>}
    </Group>
  );
}
