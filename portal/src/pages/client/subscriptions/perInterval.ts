import { useTranslation } from 'react-i18next';
import type { IntervalUnit } from '../../../api/schema.generated';
import { type Money, useFormat } from '../../../ui/format';

interface Interval {
  readonly unit: IntervalUnit;
  readonly count: number;
}

/** How people say what is billed how often: "€240.00 a month". */
export function usePerInterval(): (money: Money, interval: Interval) => string {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  return (money, { unit, count }) => t(`per.${unit}`, { count, amount: format.money(money) });
}
