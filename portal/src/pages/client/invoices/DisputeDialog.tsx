import { NativeSelect, Text, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { readAmount } from '../../../ui/format';
import { useDraft } from '../../../ui/useDraft';
import type { ShownInvoice } from './Invoice';
import { DisputeInvoiceDocument } from './invoices.generated';

const isField = (place: string) => ['lineId', 'reason', 'amount'].includes(place);

/** Says to the merchant that the invoice, or a line of it, is not right. */
export function DisputeDialog(props: { invoice: ShownInvoice; opened: boolean; onClose: () => void }) {
  const { invoice } = props;
  const { t } = useTranslation('invoices');
  const action = useAction(DisputeInvoiceDocument, (result) => result.disputeInvoice);
  const open = new Set(invoice.disputes.filter((one) => !one.outcome).map((one) => one.lineId));
  const lines = invoice.document?.lines ?? [];
  const choices = [
    { value: '', label: t('dispute.whole'), disabled: open.has(null) },
    ...lines.map((line) => ({
      value: String(line.lineId),
      label: line.description,
      disabled: open.has(line.lineId),
    })),
  ];
  const { form, forget } = useDraft(`dispute:${invoice.id}`, {
    initialValues: { lineId: choices.find((one) => !one.disabled)?.value ?? '', reason: '', amount: '' },
    validate: (values) => ({
      reason: values.reason.trim() ? null : t('dispute.reasonMissing'),
      amount: !values.amount.trim() || readAmount(values.amount) ? null : t('pay.notAnAmount'),
    }),
  });
  const submit = form.onSubmit(async (values) => {
    const outcome = await action.run({
      input: {
        invoiceId: invoice.id,
        lineId: values.lineId ? Number(values.lineId) : null,
        reason: values.reason.trim(),
        amount: values.amount.trim() ? readAmount(values.amount) : null,
      },
    });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind !== 'done') return;
    form.reset();
    forget();
    props.onClose();
    notifications.show({ message: t('dispute.done') });
  });
  return (
    <ActionDialog
      title={t('dispute.title')}
      opened={props.opened}
      onClose={props.onClose}
      action={action}
      onSubmit={() => submit()}
      submit={t('dispute.submit')}
      isField={isField}
    >
      <Text size="sm">{t('dispute.text')}</Text>
      <NativeSelect label={t('dispute.what')} data={choices} {...form.getInputProps('lineId')} />
      <Textarea
        label={t('dispute.reason')}
        autosize
        minRows={3}
        maxLength={2000}
        required
        {...form.getInputProps('reason')}
      />
      <TextInput
        label={t('dispute.amount', { currency: invoice.total.currency })}
        description={t('dispute.amountHelp')}
        inputMode="decimal"
        {...form.getInputProps('amount')}
      />
    </ActionDialog>
  );
}
