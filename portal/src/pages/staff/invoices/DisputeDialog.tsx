import { NativeSelect, Text, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { ActionDialog } from '../../../ui/ActionDialog';
import { readAmount } from '../../../ui/format';
import { useDraft } from '../../../ui/useDraft';
import { AmountInput } from '../settling/AmountInput';
import { StaffDisputeInvoiceDocument, type StaffInvoicePartsFragment } from './invoices.generated';

const isField = (place: string) => ['lineId', 'reason', 'amount', 'on'].includes(place);

/** Records what a customer objects to, as it was told to staff. */
export function DisputeDialog(props: { invoice: StaffInvoicePartsFragment; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation(['staffInvoices', 'settling']);
  const { t: common } = useTranslation();
  const today = useMe().organisation?.today;
  const { id: invoiceId, document, dated, total } = props.invoice;
  const dispute = useAction(StaffDisputeInvoiceDocument, (result) => result.disputeInvoice);
  const { form, forget } = useDraft(`dispute ${invoiceId}`, {
    initialValues: { lineId: '', reason: '', amount: '', on: today ?? '' },
    validate: ({ reason, amount }): Record<string, string> => ({
      ...(reason.trim() ? {} : { reason: common('reason.required') }),
      ...(amount.trim() && readAmount(amount) === null ? { amount: t('settling:notAnAmount') } : {}),
    }),
  });
  const close = () => {
    dispute.clear();
    form.clearErrors();
    props.onClose();
  };
  const submit = form.onSubmit(async ({ lineId, reason, amount, on }) => {
    const outcome = await dispute.run({
      input: {
        invoiceId,
        lineId: lineId ? Number(lineId) : null,
        reason: reason.trim(),
        amount: readAmount(amount),
        on: on || null,
      },
    });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind !== 'done') return;
    form.reset();
    forget();
    close();
    notifications.show({ message: t('disputes.record.done') });
  });
  return (
    <ActionDialog
      title={t('disputes.record.title')}
      opened={props.opened}
      onClose={close}
      action={dispute}
      onSubmit={submit}
      submit={t('disputes.record.submit')}
      isField={isField}
    >
      <Text size="sm">{t('disputes.record.text')}</Text>
      <NativeSelect
        label={t('disputes.record.line')}
        data-autofocus
        {...form.getInputProps('lineId')}
        data={[
          { value: '', label: t('disputes.record.whole') },
          ...(document?.lines ?? []).map((line) => ({ value: String(line.lineId), label: line.description })),
        ]}
      />
      <Textarea
        label={t('disputes.record.reason')}
        autosize
        minRows={3}
        maxRows={10}
        maxLength={2000}
        required
        {...form.getInputProps('reason')}
      />
      <AmountInput
        label={`${t('disputes.record.amount')} (${common('optional')})`}
        currency={total.currency}
        {...form.getInputProps('amount')}
      />
      <TextInput type="date" label={t('disputes.record.on')} min={dated} max={today} {...form.getInputProps('on')} />
    </ActionDialog>
  );
}
