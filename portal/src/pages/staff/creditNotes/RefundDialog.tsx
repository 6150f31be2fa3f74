import { Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { readAmount, useFormat } from '../../../ui/format';
import { useDraft } from '../../../ui/useDraft';
import { AmountInput } from '../settling/AmountInput';
import { isPositive, typed } from '../settling/amounts';
import { type StaffCreditNotePartsFragment, StaffRefundCreditNoteDocument } from './creditNotes.generated';

const isField = (place: string) => ['amount', 'reason'].includes(place);

/** Records that money was given back for a credit note. */
export function RefundDialog(props: { note: StaffCreditNotePartsFragment; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation(['creditNotes', 'settling']);
  const { t: common } = useTranslation();
  const format = useFormat();
  const { id: creditNoteId, unapplied } = props.note;
  const refund = useAction(StaffRefundCreditNoteDocument, (result) => result.refundCreditNote);
  const { form, forget } = useDraft(`refund ${creditNoteId}`, {
    initialValues: { amount: '', reason: '' },
    validate: ({ amount, reason }): Record<string, string> => ({
      ...(isPositive(readAmount(amount) ?? '0') ? {} : { amount: t('settling:notAnAmount') }),
      ...(reason.trim() ? {} : { reason: common('reason.required') }),
    }),
  });
  const isUntouched = form.values.amount === '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: proposed when the dialog is opened, not when the field is emptied
  useEffect(() => {
    if (props.opened && isUntouched) form.setFieldValue('amount', typed(unapplied.amount, format.language));
  }, [props.opened]);
  const close = () => {
    refund.clear();
    form.clearErrors();
    props.onClose();
  };
  const submit = form.onSubmit(async ({ amount, reason }) => {
    const outcome = await refund.run({ input: { creditNoteId, amount: readAmount(amount), reason: reason.trim() } });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind !== 'done') return;
    form.reset();
    forget();
    close();
    notifications.show({ message: t('refund.done') });
  });
  return (
    <ActionDialog
      title={t('refund.title')}
      opened={props.opened}
      onClose={close}
      action={refund}
      onSubmit={submit}
      submit={t('refund.submit')}
      danger
      isField={isField}
    >
      <Text size="sm">{t('refund.text', { amount: format.money(unapplied) })}</Text>
      <AmountInput
        label={t('settling:amount')}
        currency={unapplied.currency}
        required
        data-autofocus
        {...form.getInputProps('amount')}
      />
      <Textarea
        label={t('refund.reason')}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={2000}
        required
        {...form.getInputProps('reason')}
      />
    </ActionDialog>
  );
}
