import { useTranslation } from 'react-i18next';
import { sum, useFormat } from '../../../ui/format';
import { useFailure } from '../../../ui/useFailure';
import { daysAfter } from '../estimates/days';
import type { WaitingQueue } from './Queue';
import type { StaffWorkListQuery } from './work.generated';

/** Payments that failed longer ago than this are not work any more. */
const failuresOfDays = 30;

type Failed = StaffWorkListQuery['failed']['nodes'][number];

/** What waits, the most pressing kind first. */
export function useQueues(work: StaffWorkListQuery): WaitingQueue[] {
  const { t } = useTranslation('work');
  const format = useFormat();
  const failure = useFailure();
  const reasonOf = (payment: Failed) => {
    const reason = failure(payment);
    return reason ? t('why.failed', { reason }) : t('why.failedSomehow');
  };
  const day = (date: string | null | undefined) => (date ? format.date(date) : '');
  const since = daysAfter(work.organisation?.today ?? '9999-12-31', -failuresOfDays);
  const failed = work.failed.nodes.filter(({ dated }) => dated >= since);
  // What has its number was offered once: the customer waits for what comes of it.
  const reworked = work.drafts.nodes.filter(({ number }) => number !== null);
  return [
    {
      name: 'declined',
      count: work.declined.totalCount,
      all: '/estimates?show=declined',
      first: work.declined.nodes.map((one) => {
        const said = one.revisions.findLast(({ answeredOn }) => answeredOn);
        return {
          key: one.id,
          to: `/estimates/${one.id}`,
          title: one.number ?? '',
          who: one.customer?.name ?? '',
          why: t('why.declined', { date: day(said?.answeredOn) }),
          quote: said?.reason,
          wouldAccept: said?.wouldAccept,
          amount: format.money(one.total),
        };
      }),
    },
    {
      name: 'reworked',
      count: reworked.length,
      all: '/estimates?show=drafts',
      first: reworked.slice(0, 5).map((one) => {
        const said = one.revisions.findLast(({ answeredOn }) => answeredOn);
        return {
          key: one.id,
          to: `/estimates/${one.id}`,
          title: one.number ?? '',
          who: one.customer?.name ?? '',
          why: said ? t('why.reworked', { date: day(said.answeredOn) }) : t('why.reworkedOnly'),
          quote: said?.reason,
          wouldAccept: said?.wouldAccept,
          amount: format.money(one.total),
        };
      }),
    },
    {
      name: 'disputes',
      count: work.disputes.totalCount,
      all: '/invoices?show=disputed',
      first: work.disputes.nodes.flatMap((one) =>
        one.invoice
          ? {
              key: one.id,
              to: `/invoices/${one.invoice.id}`,
              title: one.invoice.number ?? '',
              who: one.invoice.customer?.name ?? '',
              why: t('why.disputed', { name: one.raisedBy, date: day(one.raisedOn) }),
              quote: one.reason,
              amount: format.money(one.amount ?? one.invoice.due),
            }
          : [],
      ),
    },
    {
      name: 'accepted',
      count: work.accepted.totalCount,
      all: '/estimates?show=accepted',
      first: work.accepted.nodes.map((one) => {
        const said = one.revisions.findLast(({ answeredOn }) => answeredOn);
        return {
          key: one.id,
          to: `/estimates/${one.id}`,
          title: one.number ?? '',
          who: one.customer?.name ?? '',
          why: t(one.depositInvoice ? 'why.acceptedDeposit' : 'why.accepted', {
            name: said?.answeredBy ?? '',
            date: day(said?.answeredOn),
          }),
          amount: format.money(one.total),
        };
      }),
    },
    {
      name: 'expiring',
      count: work.expiring.totalCount,
      all: '/estimates?show=expiring',
      first: work.expiring.nodes.map((one) => ({
        key: one.id,
        to: `/estimates/${one.id}`,
        title: one.number ?? '',
        who: one.customer?.name ?? '',
        why: t(one.revisions.at(-1)?.viewedOn ? 'why.expiringViewed' : 'why.expiring', { date: day(one.validUntil) }),
        amount: format.money(one.total),
      })),
    },
    {
      name: 'overdue',
      count: work.overdue.totalCount,
      all: '/invoices?show=overdue',
      first: work.overdue.nodes.map((one) => ({
        key: one.id,
        to: `/invoices/${one.id}`,
        title: one.number ?? '',
        who: one.customer?.name ?? '',
        why: t(one.disputed ? 'why.overdueDisputed' : 'why.overdue', { date: day(one.dueDate) }),
        amount: format.money(one.due),
      })),
    },
    {
      name: 'arrears',
      count: work.pastDue.totalCount + work.unpaid.totalCount,
      all: `/subscriptions?state=${work.pastDue.totalCount > 0 ? 'PAST_DUE' : 'UNPAID'}`,
      first: [...work.pastDue.nodes, ...work.unpaid.nodes].slice(0, 5).map((one) => {
        const oldest = one.arrears[0];
        const dues = one.arrears.flatMap(({ invoice }) => (invoice ? [invoice.due] : []));
        return {
          key: one.id,
          to: `/subscriptions/${one.id}`,
          title: one.planName,
          who: one.customer?.name ?? '',
          why: !oldest
            ? ''
            : oldest.retryOn
              ? t('why.arrearsRetry', { count: oldest.attempts, date: day(oldest.since), retry: day(oldest.retryOn) })
              : t('why.arrears', { count: oldest.attempts, date: day(oldest.since) }),
          amount: dues[0]
            ? format.money({ amount: sum(dues.map(({ amount }) => amount)), currency: dues[0].currency })
            : null,
        };
      }),
    },
    {
      name: 'failed',
      count: failed.length,
      all: '/payments?show=failed',
      first: failed.slice(0, 5).map((one) => ({
        key: one.id,
        to: `/payments/${one.id}`,
        title: t('payment', { date: day(one.dated) }),
        who: one.customer?.name ?? '',
        why: reasonOf(one),
        amount: format.money(one.amount),
      })),
    },
  ];
}
