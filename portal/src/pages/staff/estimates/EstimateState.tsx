import { useTranslation } from 'react-i18next';
import type { EstimateState as Stands } from '../../../api/schema.generated';
import { State, type Tone } from '../../../ui/State';

const tones = {
  DRAFT: 'neutral',
  DISCARDED: 'neutral',
  OFFERED: 'info',
  ACCEPTED: 'good',
  DECLINED: 'bad',
  WITHDRAWN: 'neutral',
  INVOICED: 'good',
} as const satisfies Record<Stands, Tone>;

/** Where an estimate stands, as the merchant's people call it; an offer past its last day is expired. */
export function EstimateState({ of }: { of: { readonly state: Stands; readonly expired: boolean } }) {
  const { t } = useTranslation('staffEstimates');
  if (of.state === 'OFFERED' && of.expired) return <State tone="warn">{t('state.EXPIRED')}</State>;
  return <State tone={tones[of.state]}>{t(`state.${of.state}`)}</State>;
}
