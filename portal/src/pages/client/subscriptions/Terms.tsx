import { Anchor, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMe } from '../../../app/viewer';
import { Facts, Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { dayBefore, isEnding } from './abilities';
import { usePerInterval } from './perInterval';
import type { SubscriptionDetailFragment } from './subscriptions.generated';

/** What was agreed: plan, price, quantity, how it is paid, and how long it goes. */
export function Terms({ of }: { of: SubscriptionDetailFragment }) {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  const per = usePerInterval();
  const isContact = useMe().role === 'CUSTOMER_CONTACT';
  const { terms, currentPeriod } = of;
  return (
    <Section title={t('terms.title')}>
      <Facts
        of={[
          [t('terms.plan'), terms.planName],
          [t('terms.price'), per(terms.price, terms.interval)],
          [t('terms.quantity'), format.number(terms.quantity)],
          [t('terms.amount'), per(terms.amount, terms.interval)],
          [t('column.collection'), t(`collection.${of.collection}`)],
          [t('column.created'), format.date(of.createdOn)],
          [t('terms.started'), format.date(of.startedOn)],
          [
            t('terms.period'),
            currentPeriod &&
              t('fromTo', { from: format.date(currentPeriod.start), to: format.date(currentPeriod.end) }),
          ],
          [t('terms.endsAfter'), of.endsAfterPeriods && t('terms.periods', { count: of.endsAfterPeriods })],
          [t('terms.until'), of.endsOn && !isEnding(of) && format.date(dayBefore(of.endsOn))],
        ]}
      />
      <Text size="sm" c="dimmed" mt="md">
        <HowPaid of={of} isContact={isContact} />{' '}
        {isContact && (
          <Anchor component={Link} to={`/invoices?subscription=${of.id}`} inherit underline="always">
            {t('paid.toInvoices')}
          </Anchor>
        )}
      </Text>
    </Section>
  );
}

/** How its invoices are paid, in a sentence. */
function HowPaid({ of, isContact }: { of: SubscriptionDetailFragment; isContact: boolean }) {
  const { t } = useTranslation('subscriptions');
  if (of.collection === 'OFFLINE') return t(isContact ? 'paid.offline' : 'paid.offlineStaff');
  const method = of.customer?.paymentMethod;
  if (method) return t(isContact ? 'paid.automatic' : 'paid.automaticStaff', { method });
  return t(isContact ? 'paid.noMethod' : 'paid.noMethodStaff');
}
