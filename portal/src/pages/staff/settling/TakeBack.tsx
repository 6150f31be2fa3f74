import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { onDemand } from '../../../ui/onDemand';
import { StaffDeallocateCreditNoteDocument, StaffDeallocatePaymentDocument } from './settling.generated';

const ReasonDialog = onDemand(() => import('../../../ui/ReasonDialog').then((module) => module.ReasonDialog));

/** What a payment or a credit note settles: the one that pays, and the invoice. */
export interface Settlement {
  payment?: { readonly id: string; readonly number: string | null } | null;
  creditNote?: { readonly id: string; readonly number: string | null } | null;
  invoice: { readonly id: string; readonly number: string | null };
  /** How much, as it is shown. */
  amount: string;
}

/** Takes back what settles an invoice: it is due again, and the money is the customer's credit. */
export function TakeBack({ of }: { of: Settlement }) {
  const { t } = useTranslation('settling');
  const [opened, { open, close }] = useDisclosure(false);
  const ofPayment = useAction(StaffDeallocatePaymentDocument, (result) => result.deallocatePayment);
  const ofNote = useAction(StaffDeallocateCreditNoteDocument, (result) => result.deallocateCreditNote);
  const invoiceId = of.invoice.id;
  const settler = of.payment ?? of.creditNote;
  if (!settler) return null;
  const names = { settler: settler.number ?? '', invoice: of.invoice.number ?? '', amount: of.amount };
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open} aria-label={t('takeBack.named', names)}>
        {t('takeBack.button')}
      </Button>
      <ReasonDialog
        name={`take back ${settler.id} ${invoiceId}`}
        title={t('takeBack.title')}
        text={t('takeBack.text', names)}
        submit={t('takeBack.submit')}
        danger
        opened={opened}
        onClose={close}
        action={of.payment ? ofPayment : ofNote}
        send={(reason) =>
          of.payment
            ? ofPayment.run({ input: { paymentId: of.payment.id, invoiceId, reason } })
            : ofNote.run({ input: { creditNoteId: settler.id, invoiceId, reason } })
        }
        done={t('takeBack.done')}
      />
    </>
  );
}
