import { NativeSelect, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useEffect, useRef } from 'react';
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

type Details = Record<'name' | 'email' | 'phone' | 'taxId' | 'language', string>;

/** What somebody else has changed stands in the fields that one has not touched: all of them are sent. */
function useUntouched(form: UseFormReturnType<Details>, now: { version: number; values: Details }): void {
  const before = useRef(now.values);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version is what there is to take over
  useEffect(() => {
    const typed = form.getValues();
    const fields = Object.keys(now.values) as (keyof Details)[];
    const taken = fields.filter((field) => typed[field] === before.current[field]);
    before.current = now.values;
    const changed = taken.filter((field) => typed[field] !== now.values[field]);
    if (changed.length > 0) form.setValues(Object.fromEntries(changed.map((field) => [field, now.values[field]])));
  }, [now.version]);
}

/** Changes who the customer is on documents that are issued from now on. */
export function DetailsDialog({ customer, opened, onClose }: CustomerDialogProps) {
  const { t } = useTranslation(['customers', 'common']);
  const update = useAction(StaffUpdateCustomerDetailsDocument, (result) => result.updateCustomerDetails);
  const languages = useLanguages(customer.language);
  const now = {
    version: customer.version,
    values: {
      name: customer.name,
      email: customer.email ?? '',
      phone: customer.phone ?? '',
      taxId: customer.taxId ?? '',
      language: customer.language,
    },
  };
  const { form, expectedVersion, saved, conflictSeen } = useEditing(`customer:${customer.id}:details`, now);
  useUntouched(form, now);
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
      <TextInput label={t('field.name')} required autoComplete="off" data-autofocus {...form.getInputProps('name')} />
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
