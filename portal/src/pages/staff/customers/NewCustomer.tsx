import { Button, Group, NativeSelect, NumberInput, SimpleGrid, Stack, TextInput } from '@mantine/core';
import type { FormErrors } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { BothAddresses } from '../../../ui/AddressFields';
import { addressInputOf, addressValuesOf, isAddressField } from '../../../ui/address';
import { currencies } from '../../../ui/codes';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Problems } from '../../../ui/Problems';
import { useDraft } from '../../../ui/useDraft';
import { onlyButtonsSend } from '../longForm';
import { Restored } from '../Restored';
import {
  StaffNewCustomerChoicesDocument,
  type StaffNewCustomerChoicesQuery,
  StaffRegisterCustomerDocument,
} from './customers.generated';
import { arePaymentDays, asTyped } from './paymentDays';
import { useLanguages } from './useLanguages';

/** Somebody new to bill. */
export default function NewCustomer() {
  const { t } = useTranslation('customers');
  const { mayAct } = useMe();
  const choices = useData(StaffNewCustomerChoicesDocument, {}, { live: false });
  if (!mayAct) return <NotFound />;
  return (
    <Page title={t('new.title')} back={{ to: '/customers', label: t('title') }}>
      <Loaded of={choices}>{({ organisation }) => <Form organisation={organisation} />}</Loaded>
    </Page>
  );
}

const isField = (place: string) =>
  /^(name|email|phone|taxId|language|currency|paymentTermsDays|contact\.(name|email|phone))$/.test(place) ||
  isAddressField(place);

function Form({ organisation }: { organisation: StaffNewCustomerChoicesQuery['organisation'] }) {
  const { t } = useTranslation(['customers', 'account']);
  const format = useFormat();
  const navigate = useNavigate();
  const register = useAction(StaffRegisterCustomerDocument, (result) => result.registerCustomer);
  const allowed = organisation?.settings?.currencies ?? [];
  const languages = useLanguages(format.language.slice(0, 2));
  const draft = useDraft('customer:new', {
    initialValues: {
      name: '',
      email: '',
      phone: '',
      taxId: '',
      language: format.language.slice(0, 2),
      currency: organisation?.currency ?? 'EUR',
      paymentTermsDays: organisation?.settings?.paymentTermsDays ?? (30 as number | string),
      billingAddress: addressValuesOf(null),
      same: true,
      shippingAddress: addressValuesOf(null),
      contact: { name: '', email: '', phone: '' },
    },
    validate: ({ name, paymentTermsDays }): Record<string, string> => ({
      ...(name.trim() ? {} : { name: t('required') }),
      ...(paymentTermsDays === '' || arePaymentDays(paymentTermsDays) ? {} : { paymentTermsDays: t('daysWrong') }),
    }),
  });
  const { form, forget } = draft;
  const all = currencies(format.language, organisation ? [organisation.currency] : []);
  const focusFirst = (errors: FormErrors) => {
    const [first] = Object.keys(errors);
    if (first) form.getInputNode(first)?.focus();
  };
  const send = form.onSubmit(async (values) => {
    const { contact } = values;
    const hasContact = [contact.name, contact.email, contact.phone].some((text) => text.trim());
    const outcome = await register.run({
      input: {
        name: values.name.trim(),
        email: values.email.trim() || null,
        phone: values.phone.trim() || null,
        taxId: values.taxId.trim() || null,
        language: values.language,
        currency: values.currency,
        paymentTermsDays: daysOf(values.paymentTermsDays),
        billingAddress: addressInputOf(values.billingAddress),
        shippingAddress: values.same ? null : addressInputOf(values.shippingAddress),
        contact: hasContact
          ? { name: contact.name.trim(), email: contact.email.trim(), phone: contact.phone.trim() || null }
          : null,
      },
    });
    if (outcome?.kind === 'refused') {
      const errors = fieldErrors(outcome.refusals, isField);
      form.setErrors(errors);
      focusFirst(errors);
    }
    if (outcome?.kind !== 'done') return;
    forget();
    const customer = outcome.payload.customer;
    notifications.show({ message: t('new.done', { name: customer?.name ?? '' }) });
    await navigate(customer ? `/customers/${customer.id}` : '/customers');
  }, focusFirst);
  return (
    <form noValidate onKeyDown={onlyButtonsSend} onSubmit={send}>
      <Stack gap="lg">
        <Restored of={draft} />
        <Section title={t('new.company')}>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput label={t('field.name')} required autoComplete="off" {...form.getInputProps('name')} />
            <TextInput
              label={t('field.email')}
              type="email"
              autoComplete="off"
              description={t('field.emailText')}
              inputWrapperOrder={['label', 'input', 'error', 'description']}
              {...form.getInputProps('email')}
            />
            <TextInput label={t('field.phone')} type="tel" autoComplete="off" {...form.getInputProps('phone')} />
            <TextInput label={t('field.taxId')} autoComplete="off" {...form.getInputProps('taxId')} />
          </SimpleGrid>
        </Section>
        <Section title={t('new.billing')}>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <NativeSelect
              label={t('field.currency')}
              data={allowed.length > 0 ? all.filter(({ value }) => allowed.includes(value)) : all}
              {...form.getInputProps('currency')}
            />
            <NumberInput
              label={t('field.paymentTerms')}
              min={0}
              max={365}
              {...asTyped}
              suffix={t('field.daysSuffix')}
              {...form.getInputProps('paymentTermsDays')}
            />
            <NativeSelect label={t('field.language')} data={languages} {...form.getInputProps('language')} />
          </SimpleGrid>
        </Section>
        <Section title={t('new.addresses')}>
          <BothAddresses form={form} />
        </Section>
        <Section title={t('new.contact')}>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <TextInput label={t('contact.name')} autoComplete="off" {...form.getInputProps('contact.name')} />
            <TextInput
              label={t('contact.email')}
              type="email"
              autoComplete="off"
              {...form.getInputProps('contact.email')}
            />
            <TextInput
              label={t('contact.phone')}
              type="tel"
              autoComplete="off"
              {...form.getInputProps('contact.phone')}
            />
          </SimpleGrid>
        </Section>
        <Problems of={register} except={isField} />
        <Group justify="flex-end">
          <Button type="submit" loading={register.busy}>
            {t('new.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Days as typed; what is none is left to the settings. */
const daysOf = (typed: number | string): number | null => (typeof typed === 'number' ? typed : null);
