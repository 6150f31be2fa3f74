import { useTranslation } from 'react-i18next';
import type { PaymentState as Standing } from '../../../api/schema.generated';
import { State, type Tone } from '../../../ui/State';

const tones = {
  INITIATED: 'info',
  PENDING: 'info',
  SUCCEEDED: 'good',
  FAILED: 'bad',
  CANCELLED: 'neutral',
} as const satisfies Record<Standing, Tone>;

/** How far a payment has come. */
export function PaymentState({ of }: { of: Standing }) {
  const { t } = useTranslation('staffPayments');
  return <State tone={tones[of]}>{t(`state.${of}`)}</State>;
}
