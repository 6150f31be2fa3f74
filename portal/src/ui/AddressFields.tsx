import { Checkbox, Fieldset, NativeSelect, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { AddressValues } from './address';
import { countries } from './codes';
import { useFormat } from './format';

/** The part of a form that has a customer's two addresses. */
export interface WithAddresses {
  values: { billingAddress: AddressValues; same: boolean; shippingAddress: AddressValues };
  // biome-ignore lint/suspicious/noExplicitAny: as Mantine's form gives the properties of any input
  getInputProps: (path: string, options?: { type?: 'input' | 'checkbox' }) => any;
}

/**
 * Where a customer is, and where things go to where that is elsewhere; the browser offers the person's `own` addresses.
 * Needs the words of `account`.
 */
export function BothAddresses({ form, own = false }: { form: WithAddresses; own?: boolean }) {
  const { t } = useTranslation('account');
  return (
    <Stack gap="md">
      <AddressFields of="billingAddress" form={form} own={own} />
      <Checkbox label={t('address.shippingSame')} {...form.getInputProps('same', { type: 'checkbox' })} />
      {!form.values.same && <AddressFields of="shippingAddress" form={form} own={own} />}
    </Stack>
  );
}

function AddressFields(props: { of: 'billingAddress' | 'shippingAddress'; form: WithAddresses; own: boolean }) {
  const { t } = useTranslation('account');
  const { language } = useFormat();
  const all = useMemo(() => countries(language), [language]);
  const field = (name: keyof AddressValues) => props.form.getInputProps(`${props.of}.${name}`);
  const kind = props.of === 'billingAddress' ? 'billing' : 'shipping';
  // The merchant's people may know none yet.
  const isNeeded = props.own || kind === 'shipping';
  const complete = (what: string) => (props.own ? `${kind} ${what}` : 'off');
  return (
    <Fieldset legend={t(`address.${kind}`)}>
      <Stack gap="sm">
        <Textarea
          label={t('address.street')}
          autosize
          minRows={1}
          maxRows={3}
          required={isNeeded}
          autoComplete={complete('street-address')}
          {...field('street')}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <TextInput label={t('address.postalCode')} autoComplete={complete('postal-code')} {...field('postalCode')} />
          <TextInput
            label={t('address.city')}
            required={isNeeded}
            autoComplete={complete('address-level2')}
            {...field('city')}
          />
          <TextInput label={t('address.region')} autoComplete={complete('address-level1')} {...field('region')} />
          <NativeSelect
            label={t('address.country')}
            required={isNeeded}
            data={[{ value: '', label: '' }, ...all]}
            autoComplete={complete('country')}
            {...field('country')}
          />
        </SimpleGrid>
      </Stack>
    </Fieldset>
  );
}
