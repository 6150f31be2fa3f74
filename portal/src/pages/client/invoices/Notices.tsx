import { Anchor, List, Text } from '@mantine/core';
import { Clock, Info, TriangleAlert } from 'lucide-react';
import { Trans, useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { isZero, useFormat } from '../../../ui/format';
import { Notice } from '../../../ui/Notice';
import type { ShownInvoice } from './Invoice';
import { payableOf } from './payable';

/** What is to be known about an invoice just now: a payment under way, why it is closed, what comes next, its context. */
export function Notices({ invoice }: { invoice: ShownInvoice }) {
  const { t } = useTranslation('invoices');
  const format = useFormat();
  const { upcomingReminder: reminder, upcomingLateFee: fee } = invoice;
  const isPaying = !isZero(invoice.reserved.amount);
  const isPaid = isPaying && !payableOf(invoice);
  return (
    <>
      {isPaying && <UnderWay invoice={invoice} />}
      {invoice.closedReason && (
        <Notice
          tone="neutral"
          icon={Info}
          title={invoice.status === 'VOIDED' ? t('closed.voided') : t('closed.writtenOff')}
        >
          {invoice.closedReason}
        </Notice>
      )}
      {(reminder || fee) && !isPaid && (
        <Notice
          tone={invoice.overdue ? 'warn' : 'neutral'}
          icon={invoice.overdue ? TriangleAlert : Info}
          title={t(invoice.overdue ? 'upcoming.overdue' : 'upcoming.title')}
        >
          <List size="sm">
            {reminder && <List.Item>{t('upcoming.reminder', { date: format.date(reminder.on) })}</List.Item>}
            {fee && (
              <List.Item>
                {t('upcoming.lateFee', { amount: format.money(fee.amount), date: format.date(fee.on) })}
              </List.Item>
            )}
          </List>
        </Notice>
      )}
      <Context invoice={invoice} />
    </>
  );
}

/** What the bank has not decided yet, and what is left to pay beside it. */
function UnderWay({ invoice }: { invoice: ShownInvoice }) {
  const { t } = useTranslation('invoices');
  const format = useFormat();
  const rest = payableOf(invoice);
  const amount = format.money(invoice.reserved);
  return (
    <Notice
      tone="info"
      icon={Clock}
      title={rest ? t('reserved.part', { amount, rest: format.money(rest) }) : t('reserved.title')}
    >
      {rest ? t('reserved.partText') : t('reserved.text', { amount })}
    </Notice>
  );
}

/** Where the invoice comes from, as links. */
function Context({ invoice }: { invoice: ShownInvoice }) {
  const { t } = useTranslation('invoices');
  const { estimate, subscription, lateFeeOf } = invoice;
  if (!estimate && !subscription && !lateFeeOf) return null;
  return (
    <Text size="sm">
      {estimate && (
        <Trans
          t={t}
          i18nKey={invoice.isDeposit ? 'context.deposit' : 'context.estimate'}
          values={{ number: estimate.number }}
          components={{ to: <To path={`/estimates/${estimate.id}`} /> }}
        />
      )}
      {subscription && (
        <Trans
          t={t}
          i18nKey="context.subscription"
          values={{ plan: subscription.planName }}
          components={{ to: <To path={`/subscriptions/${subscription.id}`} /> }}
        />
      )}
      {lateFeeOf && (
        <Trans
          t={t}
          i18nKey="context.lateFee"
          values={{ number: lateFeeOf.number }}
          components={{ to: <To path={`/invoices/${lateFeeOf.id}`} /> }}
        />
      )}
    </Text>
  );
}

/** A link inside a sentence; its words come from the sentence. */
function To({ path, children }: { path: string; children?: React.ReactNode }) {
  return (
    <Anchor component={Link} to={path} inherit underline="always">
      {children}
    </Anchor>
  );
}
