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

/** Where a credit note stands. */
export function NoteState({ of }: { of: CreditNoteStatus }) {
  const { t } = useTranslation('settling');
  return <State tone={tones[of]}>{t(`note.${of}`)}</State>;
}
