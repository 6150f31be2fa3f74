import { Button, Group, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { BothAddresses } from '../../../ui/AddressFields';
import { addressInputOf, addressValuesOf, isAddressField } from '../../../ui/address';
import { Section } from '../../../ui/Facts';
import { Problems } from '../../../ui/Problems';
import { useEditing } from '../../../ui/useEditing';
import { type AccountPartsFragment, UpdateAddressesDocument } from './account.generated';

/** Changes where the customer is, and where things go to where that is elsewhere. */
export function Addresses({ account }: { account: AccountPartsFragment }) {
  const { t } = useTranslation('account');
  const { form, expectedVersion, saved, conflictSeen } = useEditing(`addresses:${account.id}`, {
    version: account.version,
    values: {
      billingAddress: addressValuesOf(account.billingAddress),
      same: account.shippingAddress === null,
      shippingAddress: addressValuesOf(account.shippingAddress),
    },
  });
  const action = useAction(UpdateAddressesDocument, (result) => result.updateAddresses);
  const submit = async () => {
    const { billingAddress, same, shippingAddress } = form.getValues();
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
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Stack maw={520}>
          <BothAddresses form={form} own />
          <Problems of={action} except={isAddressField} />
          <Group>
            <Button type="submit" loading={action.busy}>
              {t('address.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
