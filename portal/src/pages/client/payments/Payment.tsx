import { Button } from '@mantine/core';
import { CircleX, Clock, Printer } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { History } from '../../../ui/History';
import { Loaded } from '../../../ui/Loaded';
import { Notice } from '../../../ui/Notice';
import { Page } from '../../../ui/Page';
import { useFailure } from '../../../ui/useFailure';
import { PaymentStateBadge } from './PaymentStateBadge';
import { PaymentDocument, type PaymentQuery } from './payments.generated';
import { Receipt } from './Receipt';
import { Refunds } from './Refunds';

/** One payment: its receipt, what it settled, what was given back of it, and why it failed where it did. */
export default function Payment() {
  const { t } = useTranslation('payments');
  const { id = '' } = useParams();
  const payment = useData(PaymentDocument, { id });
  if (payment.data && !payment.data.payment) return <NotFound />;
  const found = payment.data?.payment;
  if (found) return <Shown payment={found} />;
  return (
    <Page title={t('one')} back={{ to: '/payments', label: t('title') }}>
      <Loaded of={payment}>{() => null}</Loaded>
    </Page>
  );
}

export type ShownPayment = NonNullable<PaymentQuery['payment']>;

function Shown({ payment }: { payment: ShownPayment }) {
  const reason = useFailure()(payment);
  const { t } = useTranslation(['payments', 'common']);
  const isReceived = payment.state === 'SUCCEEDED';
  return (
    <Page
      title={payment.number ?? t('payments:one')}
      aside={<PaymentStateBadge state={payment.state} />}
      back={{ to: '/payments', label: t('payments:title') }}
      actions={
        <Button variant="default" leftSection={<Printer size={16} aria-hidden />} onClick={() => window.print()}>
          {t('common:action.print')}
        </Button>
      }
    >
      {payment.state === 'FAILED' && (
        <Notice tone="bad" icon={CircleX} title={t('payments:failed.title')}>
          {reason ? t('payments:failed.reason', { reason }) : t('payments:failed.text')}
        </Notice>
      )}
      {!isReceived && payment.state !== 'FAILED' && payment.state !== 'CANCELLED' && (
        <Notice tone="info" icon={Clock} title={t('payments:pending.title')}>
          {t('payments:pending.text')}
        </Notice>
      )}
      <Receipt payment={payment} />
      <Refunds payment={payment} />
      <History of={payment.id} />
    </Page>
  );
}
