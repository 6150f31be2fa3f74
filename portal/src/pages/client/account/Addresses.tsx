import { Button, Checkbox, Fieldset, Group, Select, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import type { AddressInput } from '../../../api/schema.generated';
import { useAction } from '../../../api/useAction';
import { countries } from '../../../ui/codes';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { Problems } from '../../../ui/Problems';
import { useEditing } from '../../../ui/useEditing';
import { type AccountPartsFragment, UpdateAddressesDocument } from './account.generated';

interface Typed extends Record<string, string> {
  street: string;
  postalCode: string;
  city: string;
  region: string;
  country: string;
}

interface Values extends Record<string, unknown> {
  billingAddress: Typed;
  same: boolean;
  shippingAddress: Typed;
}

const places = ['street', 'postalCode', 'city', 'region', 'country'] as const;
const isField = (place: string) =>
  places.some((one) => place === `billingAddress.${one}` || place === `shippingAddress.${one}`);

/** Changes where the customer is, and where things go to where that is elsewhere. */
export function Addresses({ account }: { account: AccountPartsFragment }) {
  const { t } = useTranslation('account');
  const { form, expectedVersion, saved, conflictSeen } = useEditing<Values>(`addresses:${account.id}`, {
    version: account.version,
    values: {
      billingAddress: typed(account.billingAddress),
      same: account.shippingAddress === null,
      shippingAddress: typed(account.shippingAddress),
    },
  });
  const action = useAction(UpdateAddressesDocument, (result) => result.updateAddresses);
  const submit = async () => {
    const { billingAddress, same, shippingAddress } = form.getValues();
    const outcome = await action.run({
      input: {
        expectedVersion: expectedVersion(),
        billingAddress: address(billingAddress),
        shippingAddress: same ? null : address(shippingAddress),
      },
    });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
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
          <AddressFields of="billingAddress" form={form} />
          <Checkbox label={t('address.shippingSame')} {...form.getInputProps('same', { type: 'checkbox' })} />
          {!form.values.same && <AddressFields of="shippingAddress" form={form} />}
          <Problems of={action} except={isField} />
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

function AddressFields(props: { of: 'billingAddress' | 'shippingAddress'; form: UseFormReturnType<Values> }) {
  const { t } = useTranslation('account');
  const { language } = useFormat();
  const all = useMemo(() => countries(language), [language]);
  const field = (name: (typeof places)[number]) => props.form.getInputProps(`${props.of}.${name}`);
  const kind = props.of === 'billingAddress' ? 'billing' : 'shipping';
  return (
    <Fieldset legend={t(`address.${kind}`)}>
      <Stack gap="sm">
        <Textarea
          label={t('address.street')}
          autosize
          minRows={1}
          maxRows={3}
          autoComplete={`${kind} street-address`}
          {...field('street')}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <TextInput label={t('address.postalCode')} autoComplete={`${kind} postal-code`} {...field('postalCode')} />
          <TextInput label={t('address.city')} autoComplete={`${kind} address-level2`} {...field('city')} />
          <TextInput label={t('address.region')} autoComplete={`${kind} address-level1`} {...field('region')} />
          <Select
            label={t('address.country')}
            searchable
            data={all}
            nothingFoundMessage={t('address.noCountry')}
            autoComplete={`${kind} country-name`}
            comboboxProps={{ shadow: 'md' }}
            {...field('country')}
            onChange={(code) => props.form.setFieldValue(`${props.of}.country`, code ?? '')}
          />
        </SimpleGrid>
      </Stack>
    </Fieldset>
  );
}

const typed = (of: AccountPartsFragment['billingAddress']): Typed => ({
  street: of?.street ?? '',
  postalCode: of?.postalCode ?? '',
  city: of?.city ?? '',
  region: of?.region ?? '',
  country: of?.country ?? '',
});

/** As the server takes it; nothing where nothing is typed. */
function address(of: Typed): AddressInput | null {
  if (places.every((one) => of[one].trim() === '')) return null;
  return {
    street: of.street,
    postalCode: of.postalCode.trim() || null,
    city: of.city,
    region: of.region.trim() || null,
    country: of.country,
  };
}
