import { useTranslation } from 'react-i18next';
import type { EstimateState } from '../../../api/schema.generated';
import { State, type Tone } from '../../../ui/State';

const tones = {
  DRAFT: 'neutral',
  DISCARDED: 'neutral',
  OFFERED: 'info',
  ACCEPTED: 'good',
  DECLINED: 'bad',
  WITHDRAWN: 'neutral',
  INVOICED: 'good',
} as const satisfies Record<EstimateState, Tone>;

/** Where an estimate stands, as customers call it; an offer past its last day is expired. */
export function EstimateStateBadge({ of }: { of: { readonly state: EstimateState; readonly expired: boolean } }) {
  const { t } = useTranslation('estimates');
  if (of.state === 'OFFERED' && of.expired) return <State tone="warn">{t('state.EXPIRED')}</State>;
  return <State tone={tones[of.state]}>{t(`state.${of.state}`)}</State>;
}
