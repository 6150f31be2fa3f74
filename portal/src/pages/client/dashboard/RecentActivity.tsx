import { Anchor, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { SubjectType } from '../../../api/schema.generated';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { EventName } from '../../../ui/History';
import classes from './Dashboard.module.css';
import type { DashboardQuery } from './dashboard.generated';

const places = {
  ESTIMATE: '/estimates/',
  INVOICE: '/invoices/',
  PAYMENT: '/payments/',
  CREDIT_NOTE: '/credit-notes/',
  SUBSCRIPTION: '/subscriptions/',
  CUSTOMER: null,
  ORGANISATION: null,
  PLAN: null,
} as const satisfies Record<SubjectType, string | null>;

/** What happened last, each with a way to what it happened to. */
export function RecentActivity({ of }: { of: DashboardQuery['dashboard']['recentActivity'] }) {
  const { t } = useTranslation('dashboard');
  const format = useFormat();
  return (
    <Section title={t('activity.title')}>
      {of.length === 0 && <Text c="dimmed">{t('activity.empty')}</Text>}
      <ol className={classes.events}>
        {of.map((one) => {
          const place = places[one.subjectType];
          return (
            <li key={one.id}>
              <Text size="sm" fw={550}>
                {place ? (
                  <Anchor component={Link} to={`${place}${one.subjectId}`} inherit>
                    <EventName event={one.event} />
                    {one.number && ` · ${one.number}`}
                  </Anchor>
                ) : (
                  <EventName event={one.event} />
                )}
              </Text>
              <Text size="xs" c="dimmed">
                {[one.amount && format.money(one.amount), one.actor, format.date(one.happenedOn)]
                  .filter(Boolean)
                  .join(' · ')}
              </Text>
            </li>
          );
        })}
      </ol>
    </Section>
  );
}
