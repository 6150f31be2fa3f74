import { Alert } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Refusal } from '../../../api/useAction';

/** In place of a dialog's fields: what it was about is no longer the offer, and nothing was sent. */
export function OfferChanged() {
  const { t } = useTranslation('estimates');
  return (
    <Alert
      color="yellow"
      variant="light"
      role="alert"
      icon={<TriangleAlert size={18} aria-hidden />}
      title={t('changed.title')}
    >
      {t('changed.text')}
    </Alert>
  );
}

/** What the server says where an offer no longer stands as it did. */
const changes = ['SUPERSEDED', 'NOT_OFFERED', 'EXPIRED', 'ALREADY_DECLINED', 'ALREADY_ACCEPTED', 'ALREADY_INVOICED'];

/** Whether the offer is another by now: seen on the page already (`isStale`), or said by the server's refusal. */
export function isChanged(isStale: boolean, action: { busy: boolean; refusals: readonly Refusal[] }): boolean {
  return !action.busy && (isStale || action.refusals.some(({ code }) => changes.includes(code)));
}
