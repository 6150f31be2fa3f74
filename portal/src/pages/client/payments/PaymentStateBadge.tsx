import { useTranslation } from 'react-i18next';
import type { PaymentState } from '../../../api/schema.generated';
import { State, type Tone } from '../../../ui/State';

const tones = {
  INITIATED: 'info',
  PENDING: 'info',
  SUCCEEDED: 'good',
  FAILED: 'bad',
  CANCELLED: 'neutral',
} as const satisfies Record<PaymentState, Tone>;

/** How far a payment has come, as customers call it. */
export function PaymentStateBadge({ state }: { state: PaymentState }) {
  const { t } = useTranslation('payments');
  return <State tone={tones[state]}>{t(`state.${state}`)}</State>;
}
