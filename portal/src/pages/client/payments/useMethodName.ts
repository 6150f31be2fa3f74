import { useTranslation } from 'react-i18next';

const offline = ['bank_transfer', 'cash', 'cheque', 'other'] as const;
type Offline = (typeof offline)[number];
const isOffline = (method: string): method is Offline => (offline as readonly string[]).includes(method);

/** How money came in, in words: a payment provider is an online payment, whatever its name. */
export function useMethodName(): (method: string) => string {
  const { t } = useTranslation('payments');
  return (method) => t(isOffline(method) ? `method.${method}` : 'method.online');
}
