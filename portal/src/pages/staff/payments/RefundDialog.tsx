import { Checkbox, Radio, Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { isZero, readAmount, useFormat } from '../../../ui/format';
import { useDraft } from '../../../ui/useDraft';
import { AmountInput } from '../settling/AmountInput';
import { isPositive, typed } from '../settling/amounts';
import { isOnline, useMethodName } from '../settling/useMethodName';
import { type StaffPaymentPartsFragment, StaffRefundPaymentDocument } from './payments.generated';

/** Stands for the part of a payment that pays no invoice. */
const credit = 'credit';
const isField = (place: string) => ['amount', 'reason'].includes(place);

/** Gives money back: from the customer's credit, or from an invoice that the payment shall no longer pay. */
export function RefundDialog(props: { payment: StaffPaymentPartsFragment; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation(['staffPayments', 'settling']);
  const { t: common } = useTranslation();
  const format = useFormat();
  const methodName = useMethodName();
  const { id: paymentId, unapplied, allocations, method, amount: whole } = props.payment;
  const refund = useAction(StaffRefundPaymentDocument, (result) => result.refundPayment);
  const sources = [
    ...(isZero(unapplied.amount)
      ? []
      : [
          {
            id: credit,
            label: t('refund.unapplied'),
            about: t('refund.unappliedAbout', { amount: format.money(unapplied) }),
            most: unapplied.amount,
          },
        ]),
    ...allocations.flatMap(({ invoice, applied, amount }) =>
      invoice && applied
        ? [
            {
              id: invoice.id,
              label: t('refund.invoice', { number: invoice.number }),
              about: t('refund.invoiceAbout', { amount: format.money(amount) }),
              most: amount.amount,
            },
          ]
        : [],
    ),
  ];
  const { form, forget } = useDraft(`refund ${paymentId}`, {
    initialValues: { from: '', amount: '', reason: '', byHand: false },
    validate: ({ from, amount, reason }): Record<string, string> => ({
      ...(sources.some(({ id }) => id === from) ? {} : { from: t('refund.chooseOne') }),
      ...(isPositive(readAmount(amount) ?? '0') ? {} : { amount: t('settling:notAnAmount') }),
      ...(reason.trim() ? {} : { reason: common('reason.required') }),
    }),
  });
  const close = () => {
    refund.clear();
    form.clearErrors();
    props.onClose();
  };
  const submit = form.onSubmit(async ({ from, amount, reason, byHand }) => {
    const outcome = await refund.run({
      input: {
        paymentId,
        amount: readAmount(amount),
        reason: reason.trim(),
        invoiceId: from === credit ? null : from,
        byHand: isOnline(method) && byHand,
      },
    });
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
      <Radio.Group
        label={t('refund.from')}
        required
        value={form.values.from}
        onChange={(from) => {
          const most = sources.find(({ id }) => id === from)?.most ?? '';
          form.setValues({ from, amount: typed(most, format.language) });
          form.clearErrors();
        }}
        error={form.errors.from}
      >
        <Stack gap="xs" mt="xs">
          {sources.map(({ id, label, about }, at) => (
            <Radio data-autofocus={at === 0 || undefined} key={id} value={id} label={label} description={about} />
          ))}
        </Stack>
      </Radio.Group>
      <AmountInput label={t('settling:amount')} currency={whole.currency} required {...form.getInputProps('amount')} />
      <Textarea
        label={t('refund.reason')}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={2000}
        required
        {...form.getInputProps('reason')}
      />
      {isOnline(method) ? (
        <Checkbox
          label={t('refund.byHand')}
          description={t('refund.byHandText', { provider: methodName(method) })}
          {...form.getInputProps('byHand', { type: 'checkbox' })}
        />
      ) : (
        <Text size="sm" c="dimmed">
          {t('refund.offline')}
        </Text>
      )}
    </ActionDialog>
  );
}
