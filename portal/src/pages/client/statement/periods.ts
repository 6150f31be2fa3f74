export interface Period {
  from: string;
  to: string;
}

export const periodNames = ['thisMonth', 'lastMonth', 'thisQuarter', 'thisYear', 'last12Months'] as const;
export type PeriodName = (typeof periodNames)[number];

/** A day as business dates are written; days and months beyond their end run over, as calendars do. */
const day = (year: number, month: number, dayOfMonth: number) =>
  new Date(Date.UTC(year, month - 1, dayOfMonth)).toISOString().slice(0, 10);

/** The periods that people ask for, as of a day: those that still run end today. */
export function periodsAt(today: string): Record<PeriodName, Period> {
  const [year = 0, month = 1, date = 1] = today.split('-').map(Number);
  const quarter = month - ((month - 1) % 3);
  return {
    thisMonth: { from: day(year, month, 1), to: today },
    lastMonth: { from: day(year, month - 1, 1), to: day(year, month, 0) },
    thisQuarter: { from: day(year, quarter, 1), to: today },
    thisYear: { from: day(year, 1, 1), to: today },
    last12Months: { from: day(year - 1, month, date + 1), to: today },
  };
}

/** Whether it is a day that exists, of a year that somebody could mean. */
export function isDay(text: string | null): text is string {
  if (!text || !/^(19|20|21)\d\d-\d\d-\d\d$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
