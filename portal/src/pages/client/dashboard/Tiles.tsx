import { CalendarClock, CircleAlert, FileText, PiggyBank, Wallet } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { isZero, useFormat } from '../../../ui/format';
import classes from './Dashboard.module.css';
import type { DashboardQuery } from './dashboard.generated';

/** What is owed and what is to the customer's credit, by currency; the last payment, and the next invoice to come. */
export function Tiles({ of }: { of: DashboardQuery['dashboard'] }) {
  const { t } = useTranslation('dashboard');
  const format = useFormat();
  const next = of.nextSubscriptionInvoice;
  return (
    <ul className={classes.tiles}>
      {of.balances.map(({ outstanding }) => (
        <Tile
          key={`outstanding ${outstanding.currency}`}
          to="/invoices?sort=most-due"
          icon={<FileText size={14} aria-hidden />}
          label={t('tile.outstanding')}
          value={format.money(outstanding)}
          note={isZero(outstanding.amount) ? t('tile.nothingOutstanding') : t('tile.toInvoices')}
        />
      ))}
      {of.balances.length === 0 && (
        <Tile
          to="/invoices"
          icon={<FileText size={14} aria-hidden />}
          label={t('tile.outstanding')}
          value="–"
          note={t('tile.nothingOutstanding')}
        />
      )}
      {of.overdue
        .filter(({ amount }) => !isZero(amount.amount))
        .map(({ amount, count }) => (
          <Tile
            key={`overdue ${amount.currency}`}
            to="/invoices?show=overdue"
            icon={<CircleAlert size={14} aria-hidden />}
            label={t('tile.overdue')}
            value={format.money(amount)}
            note={t('tile.overdueCount', { count })}
            late
          />
        ))}
      {of.balances
        .filter(({ credit }) => !isZero(credit.amount))
        .map(({ credit }) => (
          <Tile
            key={`credit ${credit.currency}`}
            icon={<PiggyBank size={14} aria-hidden />}
            label={t('tile.credit')}
            value={format.money(credit)}
            note={t('tile.creditNote')}
          />
        ))}
      {next?.upcomingInvoice && (
        <Tile
          to={`/subscriptions/${next.id}`}
          icon={<CalendarClock size={14} aria-hidden />}
          label={t('tile.next')}
          value={format.money(next.upcomingInvoice.total)}
          note={t('tile.nextNote', { plan: next.planName, date: format.date(next.upcomingInvoice.date) })}
        />
      )}
      {of.lastPayment && (
        <Tile
          to={`/payments/${of.lastPayment.id}`}
          icon={<Wallet size={14} aria-hidden />}
          label={t('tile.lastPayment')}
          value={format.money(of.lastPayment.amount)}
          note={format.date(of.lastPayment.dated)}
        />
      )}
    </ul>
  );
}

function Tile(props: { to?: string; icon: ReactNode; label: string; value: string; note: string; late?: boolean }) {
  const content = (
    <>
      <span className={classes.label}>
        {props.icon} {props.label}
      </span>
      <span className={classes.value} data-late={props.late || undefined}>
        {props.value}
      </span>
      <span className={classes.note}>{props.note}</span>
    </>
  );
  return (
    <li>
      {props.to ? (
        <Link to={props.to} className={classes.tile}>
          {content}
        </Link>
      ) : (
        <div className={classes.tile}>{content}</div>
      )}
    </li>
  );
}
