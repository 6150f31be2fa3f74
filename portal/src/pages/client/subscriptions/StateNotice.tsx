import { Alert, Anchor, List, Text } from '@mantine/core';
import { CircleCheck, CirclePause, CircleX, Clock, TriangleAlert } from 'lucide-react';
import { Trans, useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMe } from '../../../app/viewer';
import { useFormat } from '../../../ui/format';
import { dayBefore, isEnding } from './abilities';
import type { SubscriptionDetailFragment } from './subscriptions.generated';

/** Where a subscription stands, in whole sentences: what happens next, and what went wrong. */
export function StateNotice({ of }: { of: SubscriptionDetailFragment }) {
  switch (of.state) {
    case 'TRIALING':
    case 'ACTIVE':
    case 'NON_RENEWING':
    case 'EXPIRED':
    case 'CANCELLED':
    case 'PAUSED':
      return <Sentence of={of} />;
    case 'PAST_DUE':
    case 'UNPAID':
      return <Arrears of={of} />;
  }
}

function Sentence({ of }: { of: SubscriptionDetailFragment }) {
  const looks = {
    ACTIVE: { color: 'gray', bg: 'var(--tone-neutral)', icon: <CircleCheck size={18} aria-hidden /> },
    TRIALING: { color: 'blue', bg: 'var(--tone-info)', icon: <Clock size={18} aria-hidden /> },
    PAUSED: { color: 'yellow', bg: 'var(--tone-warn)', icon: <CirclePause size={18} aria-hidden /> },
    NON_RENEWING: { color: 'yellow', bg: 'var(--tone-warn)', icon: <Clock size={18} aria-hidden /> },
    CANCELLED: { color: 'gray', bg: 'var(--tone-neutral)', icon: <CircleX size={18} aria-hidden /> },
    EXPIRED: { color: 'gray', bg: 'var(--tone-neutral)', icon: <CircleX size={18} aria-hidden /> },
    PAST_DUE: { color: 'red', bg: 'var(--tone-bad)', icon: <TriangleAlert size={18} aria-hidden /> },
    UNPAID: { color: 'red', bg: 'var(--tone-bad)', icon: <TriangleAlert size={18} aria-hidden /> },
  } as const;
  const text = useSentence(of);
  return (
    <Alert variant="light" {...looks[of.state]}>
      <Text size="sm">{text}</Text>
    </Alert>
  );
}

/** What happens next. */
function useSentence(of: SubscriptionDetailFragment): string {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  const me = useMe();
  const next = of.upcomingInvoice;
  const last = of.endsOn && format.date(dayBefore(of.endsOn));
  const toCome = next ? { date: format.date(next.date), total: format.money(next.total) } : null;
  switch (of.state) {
    case 'CANCELLED':
      return t('now.cancelled');
    case 'EXPIRED':
      return t('now.expired');
    case 'PAUSED':
      return t('now.paused', { date: format.date(of.pausedOn ?? of.startedOn) });
    case 'NON_RENEWING':
      return t('now.ending', { date: last });
    case 'TRIALING': {
      if (!of.firstBilledOn) break;
      const today = me.organisation?.today ?? of.createdOn;
      const starts = of.startedOn > today;
      if (starts && of.firstBilledOn === of.startedOn) {
        return t('now.starts', { start: format.date(of.startedOn), ...toCome });
      }
      return t(starts ? 'now.startsWithTrial' : 'now.trial', {
        start: format.date(of.startedOn),
        until: format.date(dayBefore(of.firstBilledOn)),
        ...toCome,
      });
    }
    case 'ACTIVE':
    case 'PAST_DUE':
    case 'UNPAID':
      break;
  }
  if (toCome) return t('now.renews', toCome);
  const end = of.currentPeriod?.end;
  return t('now.lastPeriod', { date: end ? format.date(end) : last });
}

/** Which invoices could not be collected, and what is done about it. */
function Arrears({ of }: { of: SubscriptionDetailFragment }) {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  const me = useMe();
  const isContact = me.role === 'CUSTOMER_CONTACT';
  return (
    <Alert
      variant="light"
      color="red"
      bg="var(--tone-bad)"
      icon={<TriangleAlert size={18} aria-hidden />}
      title={t(of.state === 'UNPAID' ? 'arrears.unpaid' : 'arrears.pastDue')}
    >
      <List size="sm" spacing={4}>
        {of.arrears.map((one) => (
          <List.Item key={`${one.since} ${one.invoice?.id}`}>
            {one.invoice && (
              <Trans
                t={t}
                i18nKey="arrears.invoice"
                values={{ number: one.invoice.number, due: format.money(one.invoice.due) }}
                components={{
                  invoice: <Anchor component={Link} to={`/invoices/${one.invoice.id}`} inherit underline="always" />,
                }}
              />
            )}{' '}
            {t('arrears.tried', { count: one.attempts, since: format.date(one.since) })}{' '}
            {one.retryOn
              ? t('arrears.retry', { date: format.date(one.retryOn) })
              : t(isContact ? 'arrears.noRetry' : 'arrears.noRetryStaff')}
          </List.Item>
        ))}
      </List>
      {isContact && (
        <Text size="sm" mt="xs">
          <Trans
            t={t}
            i18nKey="arrears.whatToDo"
            components={{ method: <Anchor component={Link} to="/payment-method" inherit underline="always" /> }}
          />
        </Text>
      )}
      {isEnding(of) && of.endsOn && (
        <Text size="sm" mt="xs">
          {t('now.ending', { date: format.date(dayBefore(of.endsOn)) })}
        </Text>
      )}
    </Alert>
  );
}
