import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { BothAddresses } from '../../../ui/AddressFields';
import { addressInputOf, addressValuesOf, isAddressField } from '../../../ui/address';
import { ConflictHint } from '../../../ui/ConflictHint';
import { useEditing } from '../../../ui/useEditing';
import type { CustomerDialogProps } from './CustomerDetails';
import { StaffUpdateCustomerAddressesDocument } from './customers.generated';

/** Changes where the customer is. */
export function AddressesDialog({ customer, opened, onClose }: CustomerDialogProps) {
  const { t } = useTranslation(['customers', 'common']);
  const update = useAction(StaffUpdateCustomerAddressesDocument, (result) => result.updateCustomerAddresses);
  const { form, expectedVersion, saved, conflictSeen } = useEditing(`customer:${customer.id}:addresses`, {
    version: customer.version,
    values: {
      billingAddress: addressValuesOf(customer.billingAddress),
      same: customer.shippingAddress === null,
      shippingAddress: addressValuesOf(customer.shippingAddress),
    },
  });
  const close = () => {
    update.clear();
    form.clearErrors();
    onClose();
  };
  const submit = async () => {
    const { billingAddress, same, shippingAddress } = form.getValues();
    const outcome = await update.run({
      input: {
        customerId: customer.id,
        expectedVersion: expectedVersion(),
        billingAddress: addressInputOf(billingAddress),
        shippingAddress: same ? null : addressInputOf(shippingAddress),
      },
    });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isAddressField));
    if (outcome?.kind === 'failed' && outcome.failure.kind === 'conflict') conflictSeen();
    if (outcome?.kind !== 'done') return;
    saved(customer.version + 1);
    close();
    notifications.show({ message: t('saved') });
  };
  return (
    <ActionDialog
      title={t('details.editAddresses')}
      opened={opened}
      onClose={close}
      action={update}
      onSubmit={() => void submit()}
      submit={t('common:action.save')}
      isField={isAddressField}
      size="lg"
    >
      <BothAddresses form={form} />
      <ConflictHint of={update} />
    </ActionDialog>
  );
}
