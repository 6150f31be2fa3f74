import { useTranslation } from 'react-i18next';
import type { IntervalUnit } from '../../../api/schema.generated';
import { type Money, useFormat } from '../../../ui/format';

interface Interval {
  readonly unit: IntervalUnit;
  readonly count: number;
}

/** How people say what is billed how often: "€240.00 a month", and how often alone: "every month". */
export function usePerInterval(): {
  price: (money: Money, interval: Interval) => string;
  every: (interval: Interval) => string;
} {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  return {
    price: (money, { unit, count }) => t(`per.${unit}`, { count, amount: format.money(money) }),
    every: ({ unit, count }) => t(`every.${unit}`, { count }),
  };
}
