import { useMe } from '../../../app/viewer';
import { useAddress } from '../../../ui/useAddress';
import { isDay, type Period, type PeriodName, periodNames, periodsAt } from './periods';

/** The period of the statement, kept in the page's address: without one, this year until today. */
export function usePeriod() {
  const today = useMe().organisation?.today ?? '';
  const [params, change] = useAddress();
  const periods = periodsAt(today);
  const [from, to] = [params.get('from'), params.get('to')];
  const period: Period = {
    from: isDay(from) ? from : periods.thisYear.from,
    to: isDay(to) ? to : periods.thisYear.to,
  };
  const name: PeriodName | 'other' =
    periodNames.find((one) => periods[one].from === period.from && periods[one].to === period.to) ?? 'other';
  const choose = (chosen: Partial<Period>) =>
    change(
      (address) => {
        for (const [end, day] of Object.entries(chosen)) address.set(end, day);
      },
      { replace: true },
    );
  const isUnknown = { from: from !== null && !isDay(from), to: to !== null && !isDay(to) };
  return { period, name, periods, choose, isUnknown, isBackwards: period.from > period.to };
}
