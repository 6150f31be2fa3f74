import { Button } from '@mantine/core';
import { Ban, FileMinus2, HandCoins, MessageSquareWarning, Pencil, Printer, Trash2, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useAction } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { isZero, useFormat } from '../../../ui/format';
import { MoreMenu } from '../../../ui/MoreMenu';
import { onDemand } from '../../../ui/onDemand';
import { isPositive, minus } from '../settling/amounts';
import {
  type StaffInvoicePartsFragment,
  StaffReverseWriteOffDocument,
  StaffVoidInvoiceDocument,
  StaffWaiveLateFeesDocument,
  StaffWriteOffInvoiceDocument,
} from './invoices.generated';

const ApplyCredit = onDemand(() => import('./ApplyCredit').then((module) => module.ApplyCredit));
const ReasonDialog = onDemand(() => import('../../../ui/ReasonDialog').then((module) => module.ReasonDialog));
const DisputeDialog = onDemand(() => import('./DisputeDialog').then((module) => module.DisputeDialog));
const DiscardDialog = onDemand(() => import('./DiscardDialog').then((module) => module.DiscardDialog));
const IssueDialog = onDemand(() => import('./IssueDialog').then((module) => module.IssueDialog));

type Dialog = 'issue' | 'discard' | 'apply' | 'void' | 'writeOff' | 'reverse' | 'waive' | 'dispute';

/** What can be done with an invoice as it stands now. */
export function InvoiceActions({ invoice }: { invoice: StaffInvoicePartsFragment }) {
  const { t } = useTranslation('staffInvoices');
  const { t: common } = useTranslation();
  const { mayAct } = useMe();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = () => setDialog(null);
  const { id, status, customer } = invoice;
  const isDraft = status === 'DRAFT';
  const isIssued = !isDraft && status !== 'DISCARDED';
  // What bills something agreed stays; a deposit may go.
  const isNeeded = !!invoice.subscription || !!invoice.lateFeeOf || (!!invoice.estimate && !invoice.isDeposit);
  const isOpen = status === 'UNPAID' || status === 'PARTIALLY_PAID' || status === 'PAID';
  const payable = minus(invoice.due.amount, invoice.reserved.amount);
  const nothingReserved = isZero(invoice.reserved.amount);
  const canPay = isOpen && isPositive(payable);
  const credit = customer?.credit.some(({ amount }) => amount.currency === invoice.due.currency) ?? false;
  const print = (
    <Button variant="default" leftSection={<Printer size={16} aria-hidden />} onClick={() => window.print()}>
      {common('action.print')}
    </Button>
  );
  if (!mayAct) return print;
  return (
    <>
      {isDraft && (
        <>
          <Button onClick={() => setDialog('issue')}>{t('action.issue')}</Button>
          <Button
            component={Link}
            to={`/invoices/${id}/edit`}
            variant="default"
            leftSection={<Pencil size={16} aria-hidden />}
          >
            {common('action.edit')}
          </Button>
        </>
      )}
      {canPay && (
        <Button
          component={Link}
          to={`/payments/new?customer=${customer?.id}&invoice=${id}`}
          leftSection={<HandCoins size={16} aria-hidden />}
        >
          {t('action.pay')}
        </Button>
      )}
      {canPay && credit && (
        <Button variant="default" onClick={() => setDialog('apply')}>
          {t('action.applyCredit')}
        </Button>
      )}
      {print}
      <MoreMenu
        entries={[
          isIssued &&
            status !== 'VOIDED' && {
              label: t('action.credit'),
              icon: <FileMinus2 size={16} aria-hidden />,
              onClick: () => navigate(`/credit-notes/new?invoice=${id}`),
            },
          isIssued &&
            status !== 'VOIDED' && {
              label: t('action.dispute'),
              icon: <MessageSquareWarning size={16} aria-hidden />,
              onClick: () => setDialog('dispute'),
            },
          invoice.upcomingLateFee && { label: t('action.waive'), onClick: () => setDialog('waive') },
          status === 'WRITTEN_OFF' && {
            label: t('action.reverseWriteOff'),
            icon: <Undo2 size={16} aria-hidden />,
            onClick: () => setDialog('reverse'),
          },
          isDraft &&
            !isNeeded && {
              label: t('action.discard'),
              icon: <Trash2 size={16} aria-hidden />,
              onClick: () => setDialog('discard'),
              danger: true,
            },
          isOpen &&
            nothingReserved &&
            isPositive(invoice.due.amount) && {
              label: t('action.writeOff'),
              onClick: () => setDialog('writeOff'),
              danger: true,
            },
          isOpen &&
            nothingReserved &&
            isZero(invoice.settled.amount) && {
              label: t('action.void'),
              icon: <Ban size={16} aria-hidden />,
              onClick: () => setDialog('void'),
              danger: true,
            },
        ]}
      />
      <IssueDialog invoice={invoice} opened={dialog === 'issue'} onClose={close} />
      <DiscardDialog invoice={invoice} opened={dialog === 'discard'} onClose={close} />
      <ApplyCredit invoice={invoice} payable={payable} opened={dialog === 'apply'} onClose={close} />
      <DisputeDialog invoice={invoice} opened={dialog === 'dispute'} onClose={close} />
      <ReasonDialogs invoice={invoice} dialog={dialog} onClose={close} />
    </>
  );
}

/** What is done for a reason, and only that. */
function ReasonDialogs({
  invoice,
  dialog,
  onClose,
}: {
  invoice: StaffInvoicePartsFragment;
  dialog: Dialog | null;
  onClose: () => void;
}) {
  const { t } = useTranslation('staffInvoices');
  const format = useFormat();
  const voiding = useAction(StaffVoidInvoiceDocument, (result) => result.voidInvoice);
  const writeOff = useAction(StaffWriteOffInvoiceDocument, (result) => result.writeOffInvoice);
  const reverse = useAction(StaffReverseWriteOffDocument, (result) => result.reverseWriteOff);
  const waive = useAction(StaffWaiveLateFeesDocument, (result) => result.waiveLateFees);
  const { id: invoiceId, version } = invoice;
  const same = { version, onClose };
  return (
    <>
      <ReasonDialog
        {...same}
        name={`void ${invoiceId}`}
        title={t('void.title')}
        text={t('void.text')}
        submit={t('void.submit')}
        done={t('void.done')}
        danger
        opened={dialog === 'void'}
        action={voiding}
        send={(reason, expectedVersion) => voiding.run({ input: { invoiceId, expectedVersion, reason } })}
      />
      <ReasonDialog
        {...same}
        name={`write off ${invoiceId}`}
        title={t('writeOff.title')}
        text={t('writeOff.text', { due: format.money(invoice.due) })}
        submit={t('writeOff.submit')}
        done={t('writeOff.done')}
        danger
        opened={dialog === 'writeOff'}
        action={writeOff}
        send={(reason, expectedVersion) => writeOff.run({ input: { invoiceId, expectedVersion, reason } })}
      />
      <ReasonDialog
        {...same}
        name={`reverse ${invoiceId}`}
        title={t('reverse.title')}
        text={t('reverse.text')}
        submit={t('reverse.submit')}
        done={t('reverse.done')}
        opened={dialog === 'reverse'}
        action={reverse}
        send={(reason, expectedVersion) => reverse.run({ input: { invoiceId, expectedVersion, reason } })}
      />
      <ReasonDialog
        {...same}
        name={`waive ${invoiceId}`}
        title={t('waive.title')}
        text={t('waive.text')}
        description={t('waive.description')}
        submit={t('waive.submit')}
        done={t('waive.done')}
        opened={dialog === 'waive'}
        action={waive}
        send={(reason) => waive.run({ input: { invoiceId, reason } })}
      />
    </>
  );
}
