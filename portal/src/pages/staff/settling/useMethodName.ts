import { useTranslation } from 'react-i18next';
import type { OfflineMethod } from '../../../api/schema.generated';

const offline = {
  bank_transfer: 'BANK_TRANSFER',
  cash: 'CASH',
  cheque: 'CHEQUE',
  other: 'OTHER',
} as const satisfies Record<string, OfflineMethod>;

const isOffline = (method: string): method is keyof typeof offline => method in offline;

/** Whether a payment provider took the money, so that it can give it back. */
export const isOnline = (method: string): boolean => !isOffline(method);

/** How a payment was made, in words. */
export function useMethodName(): (method: string) => string {
  const { t } = useTranslation('settling');
  return (method) =>
    isOffline(method)
      ? t(`method.${offline[method]}`)
      : t('method.online', { provider: method.charAt(0).toUpperCase() + method.slice(1) });
}
