import { Checkbox, Fieldset, Select, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { countries } from '../../../ui/codes';
import { useFormat } from '../../../ui/format';
import type { AddressValues } from './address';

/** The part of a form that has a customer's two addresses. */
export interface WithAddresses {
  values: { billingAddress: AddressValues; same: boolean; shippingAddress: AddressValues };
  // biome-ignore lint/suspicious/noExplicitAny: as Mantine's form gives the properties of any input
  getInputProps: (path: string, options?: { type?: 'input' | 'checkbox' }) => any;
  setFieldValue: (path: string, value: string) => void;
}

/** Where a customer is, and where things go to where that is elsewhere. */
export function BothAddresses({ form }: { form: WithAddresses }) {
  const { t } = useTranslation('account');
  return (
    <Stack gap="md">
      <AddressFields of="billingAddress" form={form} />
      <Checkbox label={t('address.shippingSame')} {...form.getInputProps('same', { type: 'checkbox' })} />
      {!form.values.same && <AddressFields of="shippingAddress" form={form} />}
    </Stack>
  );
}

function AddressFields(props: { of: 'billingAddress' | 'shippingAddress'; form: WithAddresses }) {
  const { t } = useTranslation('account');
  const { language } = useFormat();
  const all = useMemo(() => countries(language), [language]);
  const field = (name: keyof AddressValues) => props.form.getInputProps(`${props.of}.${name}`);
  return (
    <Fieldset legend={t(props.of === 'billingAddress' ? 'address.billing' : 'address.shipping')}>
      <Stack gap="sm">
        <Textarea
          label={t('address.street')}
          autosize
          minRows={1}
          maxRows={3}
          autoComplete="off"
          {...field('street')}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <TextInput label={t('address.postalCode')} autoComplete="off" {...field('postalCode')} />
          <TextInput label={t('address.city')} autoComplete="off" {...field('city')} />
          <TextInput label={t('address.region')} autoComplete="off" {...field('region')} />
          <Select
            label={t('address.country')}
            searchable
            data={all}
            nothingFoundMessage={t('address.noCountry')}
            autoComplete="off"
            comboboxProps={{ shadow: 'md' }}
            {...field('country')}
            onChange={(code) => props.form.setFieldValue(`${props.of}.country`, code ?? '')}
          />
        </SimpleGrid>
      </Stack>
    </Fieldset>
  );
}
