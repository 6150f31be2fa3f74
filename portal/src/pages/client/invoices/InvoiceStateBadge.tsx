import { Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { InvoiceStatus } from '../../../api/schema.generated';
import { isZero, type Money } from '../../../ui/format';
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

/** Where an invoice stands, as customers call it: also whether it is late, being paid just now, or disputed. */
export function InvoiceStateBadge({
  of,
}: {
  of: {
    readonly status: InvoiceStatus;
    readonly overdue: boolean;
    readonly disputed: boolean;
    readonly reserved: Money;
  };
}) {
  const { t } = useTranslation('invoices');
  const plain = of.status !== 'UNPAID' || !of.overdue;
  return (
    <Group gap={6} component="span" display="inline-flex">
      {of.overdue && <State tone="bad">{t('state.OVERDUE')}</State>}
      {plain && <State tone={tones[of.status]}>{t(`state.${of.status}`)}</State>}
      {!isZero(of.reserved.amount) && <State tone="info">{t('state.RESERVED')}</State>}
      {of.disputed && <State tone="warn">{t('state.DISPUTED')}</State>}
    </Group>
  );
}
