import { useTranslation } from 'react-i18next';

const known = [
  'CARD_DECLINED',
  'EXPIRED_CARD',
  'INSUFFICIENT_FUNDS',
  'NO_PAYMENT_METHOD',
  'ALREADY_PAID',
  'PAYMENT_PENDING',
  'ACCOUNT_CLOSED',
  'UNKNOWN_TOKEN',
  'PAYMENT_CANCELLED',
] as const;

/** Why money did not move, in the person's language where the code is known, else in the words that came with it. */
export function useFailure(): (failure: { failureCode: string | null; failureReason: string | null }) => string | null {
  const { t } = useTranslation();
  return ({ failureCode, failureReason }) => {
    const code = known.find((one) => one === failureCode?.toUpperCase());
    if (code) return t(`failure.${code}`);
    return failureReason ?? (failureCode && t('failure.other', { code: failureCode }));
  };
}
