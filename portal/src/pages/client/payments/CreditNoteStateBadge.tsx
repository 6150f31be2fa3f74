import { useTranslation } from 'react-i18next';
import type { CreditNoteStatus } from '../../../api/schema.generated';
import { State, type Tone } from '../../../ui/State';

const tones = {
  DRAFT: 'neutral',
  DISCARDED: 'neutral',
  OPEN: 'info',
  CLOSED: 'good',
  VOIDED: 'neutral',
} as const satisfies Record<CreditNoteStatus, Tone>;

/** Where a credit note stands, as customers call it. */
export function CreditNoteStateBadge({ status }: { status: CreditNoteStatus }) {
  const { t } = useTranslation('payments');
  return <State tone={tones[status]}>{t(`creditNote.state.${status}`)}</State>;
}
