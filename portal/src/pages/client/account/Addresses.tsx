import { Group, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { ActionButton } from '../../../ui/ActionButton';
import { BothAddresses } from '../../../ui/AddressFields';
import { type AddressValues, addressInputOf, addressValuesOf, isAddressField, missingOf } from '../../../ui/address';
import { Section } from '../../../ui/Facts';
import { Form } from '../../../ui/Form';
import { Problems } from '../../../ui/Problems';
import { Unsaved } from '../../../ui/Unsaved';
import { useEditing } from '../../../ui/useEditing';
import { type AccountPartsFragment, UpdateAddressesDocument } from './account.generated';

/** Changes where the customer is, and where things go to where that is elsewhere. */
export function Addresses({ account }: { account: AccountPartsFragment }) {
  const { t } = useTranslation('account');
  const editing = useEditing(`addresses:${account.id}`, {
    version: account.version,
    values: {
      billingAddress: addressValuesOf(account.billingAddress),
      same: account.shippingAddress === null,
      shippingAddress: addressValuesOf(account.shippingAddress),
    },
  });
  const { form, expectedVersion, saved, conflictSeen } = editing;
  const action = useAction(UpdateAddressesDocument, (result) => result.updateAddresses);
  const missingAt = (place: string, address: AddressValues) =>
    Object.fromEntries(
      missingOf(address).map((one) => [`${place}.${one}`, t('missing', { field: t(`address.${one}`) })]),
    );
  const submit = async () => {
    const { billingAddress, same, shippingAddress } = form.getValues();
    const missing = {
      ...missingAt('billingAddress', billingAddress),
      ...(same ? {} : missingAt('shippingAddress', shippingAddress)),
    };
    if (Object.keys(missing).length > 0) return form.setErrors(missing);
    const outcome = await action.run({
      input: {
        expectedVersion: expectedVersion(),
        billingAddress: addressInputOf(billingAddress),
        shippingAddress: same ? null : addressInputOf(shippingAddress),
      },
    });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isAddressField));
    if (outcome?.kind === 'failed' && outcome.failure.kind === 'conflict') conflictSeen();
    if (outcome?.kind !== 'done') return;
    saved(outcome.payload.customer?.version ?? account.version);
    notifications.show({ message: t('saved') });
  };
  return (
    <Section title={t('address.section')}>
      <Form busy={action.busy} onSubmit={() => void submit()}>
        <Stack maw={520}>
          <Unsaved of={editing} />
          <BothAddresses form={form} own />
          <Problems of={action} except={isAddressField} />
          <Group>
            <ActionButton type="submit" busy={action.busy}>
              {t('address.submit')}
            </ActionButton>
          </Group>
        </Stack>
      </Form>
    </Section>
  );
}
