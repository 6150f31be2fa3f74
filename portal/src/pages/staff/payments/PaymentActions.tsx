import { Button } from '@mantine/core';
import { Undo2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { isZero, useFormat } from '../../../ui/format';
import { onDemand } from '../../../ui/onDemand';
import { StaffAllocatePaymentDocument } from '../settling/settling.generated';
import type { StaffPaymentPartsFragment } from './payments.generated';

const AllocateInvoice = onDemand(() => import('../settling/AllocateInvoice').then((module) => module.AllocateInvoice));
const RefundDialog = onDemand(() => import('./RefundDialog').then((module) => module.RefundDialog));

/** What can be done with a payment as it stands now. */
export function PaymentActions({ payment }: { payment: StaffPaymentPartsFragment }) {
  const { t } = useTranslation('staffPayments');
  const format = useFormat();
  const { mayAct } = useMe();
  const [dialog, setDialog] = useState<'allocate' | 'refund' | null>(null);
  const allocate = useAction(StaffAllocatePaymentDocument, (result) => result.allocatePayment);
  const { id: paymentId, state, unapplied, customer } = payment;
  const close = () => setDialog(null);
  if (!mayAct || state !== 'SUCCEEDED') return null;
  const hasCredit = !isZero(unapplied.amount);
  const canRefund = hasCredit || payment.allocations.some(({ applied }) => applied);
  return (
    <>
      {hasCredit && <Button onClick={() => setDialog('allocate')}>{t('action.allocate')}</Button>}
      {canRefund && (
        <Button variant="default" leftSection={<Undo2 size={16} aria-hidden />} onClick={() => setDialog('refund')}>
          {t('action.refund')}
        </Button>
      )}
      <AllocateInvoice
        name={`allocate ${paymentId}`}
        title={t('allocate.title')}
        text={t('allocate.text', { amount: format.money(unapplied) })}
        customer={customer}
        most={unapplied}
        opened={dialog === 'allocate'}
        onClose={close}
        action={allocate}
        send={(invoiceId, amount) => allocate.run({ input: { paymentId, invoiceId, amount } })}
        done={t('allocate.done')}
      />
      <RefundDialog payment={payment} opened={dialog === 'refund'} onClose={close} />
    </>
  );
}
