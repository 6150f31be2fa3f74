import { useEffect, useRef } from 'react';
import { useSearchParams } from 'react-router';
import { useMe } from '../../../app/viewer';
import { isDay, type Period, type PeriodName, periodNames, periodsAt } from './periods';

/** The period of the statement, kept in the page's address: without one, this year until today. */
export function usePeriod() {
  const today = useMe().organisation?.today ?? '';
  const [params, setParams] = useSearchParams();
  const periods = periodsAt(today);
  const [from, to] = [params.get('from'), params.get('to')];
  const period: Period = {
    from: isDay(from) ? from : periods.thisYear.from,
    to: isDay(to) ? to : periods.thisYear.to,
  };
  const name: PeriodName | 'other' =
    periodNames.find((one) => periods[one].from === period.from && periods[one].to === period.to) ?? 'other';
  // The address follows a moment later: a second choice until then goes on from the first.
  const latest = useRef(period);
  useEffect(() => {
    latest.current = { from: period.from, to: period.to };
  }, [period.from, period.to]);
  const choose = (chosen: Partial<Period>) => {
    latest.current = { ...latest.current, ...chosen };
    const { from, to } = latest.current;
    setParams(
      (before) => {
        before.set('from', from);
        before.set('to', to);
        return before;
      },
      { replace: true },
    );
  };
  return { period, name, periods, choose, isBackwards: period.from > period.to };
}
