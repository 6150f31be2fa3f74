import { NativeSelect, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { ConflictHint } from '../../../ui/ConflictHint';
import { useEditing } from '../../../ui/useEditing';
import type { CustomerDialogProps } from './CustomerDetails';
import { StaffUpdateCustomerDetailsDocument } from './customers.generated';
import { useLanguages } from './useLanguages';

const isField = (place: string) => ['name', 'email', 'phone', 'taxId', 'language'].includes(place);

/** Changes who the customer is on documents that are issued from now on. */
export function DetailsDialog({ customer, opened, onClose }: CustomerDialogProps) {
  const { t } = useTranslation(['customers', 'common']);
  const update = useAction(StaffUpdateCustomerDetailsDocument, (result) => result.updateCustomerDetails);
  const languages = useLanguages(customer.language);
  const { form, expectedVersion, saved, conflictSeen } = useEditing(`customer:${customer.id}:details`, {
    version: customer.version,
    values: {
      name: customer.name,
      email: customer.email ?? '',
      phone: customer.phone ?? '',
      taxId: customer.taxId ?? '',
      language: customer.language,
    },
  });
  const close = () => {
    update.clear();
    form.clearErrors();
    onClose();
  };
  const submit = async () => {
    const { name, email, phone, taxId, language } = form.getValues();
    const outcome = await update.run({
      input: {
        customerId: customer.id,
        expectedVersion: expectedVersion(),
        name: name.trim(),
        email: email.trim() || null,
        phone: phone.trim() || null,
        taxId: taxId.trim() || null,
        language,
      },
    });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind === 'failed' && outcome.failure.kind === 'conflict') conflictSeen();
    if (outcome?.kind !== 'done') return;
    saved(customer.version + 1);
    close();
    notifications.show({ message: t('saved') });
  };
  return (
    <ActionDialog
      title={t('details.edit')}
      opened={opened}
      onClose={close}
      action={update}
      onSubmit={() => void submit()}
      submit={t('common:action.save')}
      isField={isField}
    >
      <TextInput label={t('field.name')} required autoComplete="off" {...form.getInputProps('name')} />
      <TextInput
        label={t('field.email')}
        description={t('field.emailText')}
        type="email"
        autoComplete="off"
        {...form.getInputProps('email')}
      />
      <TextInput label={t('field.phone')} type="tel" autoComplete="off" {...form.getInputProps('phone')} />
      <TextInput label={t('field.taxId')} autoComplete="off" {...form.getInputProps('taxId')} />
      <NativeSelect label={t('field.language')} data={languages} {...form.getInputProps('language')} />
      <ConflictHint of={update} />
    </ActionDialog>
  );
}
