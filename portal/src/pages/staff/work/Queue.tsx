import { Anchor, Paper, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import classes from './Queue.module.css';

/** One thing that waits. */
export interface Waiting {
  key: string;
  to: string;
  title: string;
  who: string;
  /** Why it waits: the customer's words, since when. */
  why: string;
  /** Words that somebody said stand as such. */
  quote?: string | null;
  /** What the customer would accept instead. */
  wouldAccept?: string | null;
  amount: string | null;
}

export interface WaitingQueue {
  name: 'declined' | 'reworked' | 'accepted' | 'expiring' | 'disputes' | 'overdue' | 'failed' | 'arrears';
  count: number;
  /** The whole list. */
  all: string;
  /** The first five of them. */
  first: readonly Waiting[];
}

/** Things of one kind that wait: how many, the first of them, and the way to all. */
export function Queue({ of }: { of: WaitingQueue }) {
  const { t } = useTranslation('work');
  const title = t(`queue.${of.name}`);
  return (
    <Paper component="section" withBorder bg="var(--app-surface)" className={classes.queue} aria-label={title}>
      <div className={classes.head}>
        <Title order={2} className={classes.title}>
          {title}
          <span className={classes.count}>{of.count}</span>
        </Title>
        <Anchor component={Link} to={of.all} size="sm" className={classes.all} aria-label={t('allOf', { title })}>
          {t('all')}
        </Anchor>
      </div>
      <ul className={classes.rows}>
        {of.first.map((one) => (
          <li key={one.key}>
            <div className={classes.what}>
              <span>
                <Link to={one.to} className={classes.link}>
                  {one.title}
                </Link>{' '}
                <span className={classes.who}>{one.who}</span>
              </span>
              <span className={classes.why}>{one.why}</span>
              {one.quote && <q className={classes.quote}>{one.quote}</q>}
              {one.wouldAccept && (
                <span className={classes.quote}>
                  {t('wouldAccept')} <q>{one.wouldAccept}</q>
                </span>
              )}
            </div>
            {one.amount && <span className={classes.amount}>{one.amount}</span>}
          </li>
        ))}
      </ul>
    </Paper>
  );
}
