import { NumberInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { useEditing } from '../../../ui/useEditing';
import type { CustomerDialogProps } from './CustomerDetails';
import { StaffUpdatePaymentTermsDocument } from './customers.generated';
import { arePaymentDays, asTyped } from './paymentDays';

const isField = (place: string) => place === 'paymentTermsDays';

/** Changes within how many days the customer pays. */
export function TermsDialog({ customer, opened, onClose }: CustomerDialogProps) {
  const { t } = useTranslation(['customers', 'common']);
  const update = useAction(StaffUpdatePaymentTermsDocument, (result) => result.updatePaymentTerms);
  const { form, saved } = useEditing(`customer:${customer.id}:terms`, {
    version: customer.version,
    values: { paymentTermsDays: customer.paymentTermsDays as number | string }, // Text while it is being typed.
  });
  const close = () => {
    update.clear();
    form.clearErrors();
    onClose();
  };
  const submit = async () => {
    const { paymentTermsDays } = form.getValues();
    if (typeof paymentTermsDays !== 'number' || !arePaymentDays(paymentTermsDays)) {
      return form.setFieldError('paymentTermsDays', t('daysWrong'));
    }
    const outcome = await update.run({ input: { customerId: customer.id, paymentTermsDays } });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind !== 'done') return;
    saved(customer.version + 1);
    close();
    notifications.show({ message: t('saved') });
  };
  return (
    <ActionDialog
      title={t('details.editTerms')}
      opened={opened}
      onClose={close}
      action={update}
      onSubmit={() => void submit()}
      submit={t('common:action.save')}
      isField={isField}
    >
      <NumberInput
        label={t('field.paymentTerms')}
        description={t('details.termsText')}
        min={0}
        max={365}
        {...asTyped}
        suffix={t('field.daysSuffix')}
        data-autofocus
        {...form.getInputProps('paymentTermsDays')}
      />
    </ActionDialog>
  );
}
