import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Facts, Section } from '../../../ui/Facts';
import { isZero, useFormat } from '../../../ui/format';
import { minus } from '../settling/amounts';
import type { StaffInvoicePartsFragment } from './invoices.generated';

/** Where an invoice comes from, how far it has come, and what will happen to it by itself. */
export function InvoiceFacts({ of: invoice }: { of: StaffInvoicePartsFragment }) {
  const { t } = useTranslation('staffInvoices');
  const format = useFormat();
  const { upcomingReminder: reminder, upcomingLateFee: fee, estimate, subscription, lateFeeOf } = invoice;
  const isIssued = invoice.status !== 'DRAFT';
  const isWrittenOff = invoice.status === 'WRITTEN_OFF';
  const givenUp = minus(invoice.total.amount, invoice.settled.amount);
  return (
    <Section title={t('fact.title')}>
      <Facts
        of={[
          [t('fact.dated'), format.date(invoice.dated)],
          [t('fact.dueDate'), invoice.dueDate && format.date(invoice.dueDate)],
          [t('fact.total'), !isIssued && format.money(invoice.total)],
          isWrittenOff
            ? [t('fact.writtenOff'), format.money({ ...invoice.total, amount: givenUp })]
            : [t('fact.due'), isIssued && format.money(invoice.due)],
          [t('fact.settled'), isIssued && !isZero(invoice.settled.amount) && format.money(invoice.settled)],
          [t('fact.reserved'), !isZero(invoice.reserved.amount) && format.money(invoice.reserved)],
          [t('fact.paidOn'), invoice.paidOn && format.date(invoice.paidOn)],
          [t('fact.viewedOn'), isIssued && (invoice.viewedOn ? format.date(invoice.viewedOn) : t('fact.notViewed'))],
          [
            t('fact.reminder'),
            reminder && t('fact.reminderOn', { date: format.date(reminder.on), stage: reminder.stage }),
          ],
          [
            t('fact.lateFee'),
            fee && t('fact.lateFeeOn', { amount: format.money(fee.amount), date: format.date(fee.on) }),
          ],
          [
            invoice.isDeposit ? t('fact.deposit') : t('fact.estimate'),
            estimate && (
              <Anchor component={Link} to={`/estimates/${estimate.id}`} size="sm">
                {estimate.number}
              </Anchor>
            ),
          ],
          [
            t('fact.subscription'),
            subscription && (
              <Anchor component={Link} to={`/subscriptions/${subscription.id}`} size="sm">
                {subscription.planName}
              </Anchor>
            ),
          ],
          [
            t('fact.lateFeeOf'),
            lateFeeOf && (
              <Anchor component={Link} to={`/invoices/${lateFeeOf.id}`} size="sm">
                {lateFeeOf.number}
              </Anchor>
            ),
          ],
        ]}
      />
    </Section>
  );
}
