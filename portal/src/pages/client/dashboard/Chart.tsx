import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import classes from './Chart.module.css';
import type { DashboardQuery } from './dashboard.generated';
import { share, topOf } from './scale';

type Month = DashboardQuery['dashboard']['months'][number];

const height = 160;
const step = 40;
const bar = 13;

/** What was billed and paid, month by month: two bars each, and the same numbers as a table for who cannot see them. */
export function Chart({ months }: { months: readonly Month[] }) {
  const { t } = useTranslation('dashboard');
  const format = useFormat();
  const [first] = months;
  const last = months.at(-1);
  if (!first || !last) return null;
  const { currency } = first.billed;
  const top = topOf(months.flatMap(({ billed, paid }) => [billed.amount, paid.amount]));
  const round = new Intl.NumberFormat(format.language, { style: 'currency', currency, maximumFractionDigits: 0 });
  return (
    <Section title={t('chart.title')}>
      <figure className={classes.figure}>
        <figcaption className={classes.legend}>
          <span className={classes.billed}>{t('chart.billed')}</span>
          <span className={classes.paid}>{t('chart.paid')}</span>
        </figcaption>
        <div className={classes.plot} aria-hidden>
          <div className={classes.axis}>
            <span>{round.format(top)}</span>
            <span>{round.format(top / 2n)}</span>
            <span>{round.format(0)}</span>
          </div>
          <svg
            viewBox={`0 0 ${months.length * step} ${height}`}
            preserveAspectRatio="none"
            className={classes.bars}
            aria-hidden
          >
            {[0, height / 2, height].map((y) => (
              <line key={y} x1={0} x2={months.length * step} y1={y} y2={y} className={classes.grid} />
            ))}
            {months.map((month, at) => (
              <g key={month.month}>
                <title>{`${format.month(month.month, 'long')}: ${t('chart.billed')} ${format.money(month.billed)}, ${t('chart.paid')} ${format.money(month.paid)}`}</title>
                <Bar x={at * step + 5} part={share(month.billed.amount, top)} className={classes.billedBar} />
                <Bar x={at * step + 22} part={share(month.paid.amount, top)} className={classes.paidBar} />
              </g>
            ))}
          </svg>
          <div className={classes.months}>
            {months.map(({ month }) => (
              <span key={month}>{format.month(month)}</span>
            ))}
          </div>
        </div>
        <Numbers months={months} />
      </figure>
      {months.every(({ billed, paid }) => share(billed.amount, top) + share(paid.amount, top) === 0) && (
        <Text c="dimmed" size="sm" mt="sm">
          {t('chart.empty')}
        </Text>
      )}
    </Section>
  );
}

function Bar({ x, part, className }: { x: number; part: number; className: string | undefined }) {
  const tall = part * height;
  return <rect x={x} y={height - tall} width={bar} height={tall} className={className} />;
}

function Numbers({ months }: { months: readonly Month[] }) {
  const { t } = useTranslation('dashboard');
  const format = useFormat();
  return (
    <div className="sr-only">
      <table>
        <caption>{t('chart.title')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('chart.month')}</th>
            <th scope="col">{t('chart.billed')}</th>
            <th scope="col">{t('chart.paid')}</th>
          </tr>
        </thead>
        <tbody>
          {months.map(({ month, billed, paid }) => (
            <tr key={month}>
              <th scope="row">{format.month(month, 'long')}</th>
              <td>{format.money(billed)}</td>
              <td>{format.money(paid)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
