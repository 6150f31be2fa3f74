import { NativeSelect, Textarea, TextInput, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { countries, currencies, timeZones } from '../../../ui/codes';
import { useFormat } from '../../../ui/format';
import { SettingsForm } from './SettingsForm';
import classes from './SettingsForm.module.css';
import { type SectionProps, sent, shown, useSaveOrganisation, useUpdateSettings } from './section';
import type { SettingsPartsFragment } from './settings.generated';
import { useSettingsForm } from './useSettingsForm';

/** Who the organisation is, where its days begin, and what it has to say to everybody. */
export function OrganisationSection({ organisation, refresh }: SectionProps) {
  return (
    <>
      <Profile organisation={organisation} refresh={refresh} />
      {organisation.version > 0 && <Everybody organisation={organisation} refresh={refresh} />}
    </>
  );
}

function profileOf({ details, website, currency, bank }: SettingsPartsFragment) {
  return {
    name: details.name,
    email: shown(details.email),
    phone: shown(details.phone),
    website: shown(website),
    taxId: shown(details.taxId),
    currency: currency as string,
    address: {
      street: shown(details.address?.street),
      postalCode: shown(details.address?.postalCode),
      city: shown(details.address?.city),
      region: shown(details.address?.region),
      country: shown(details.address?.country),
    },
    bank: {
      holder: shown(bank?.holder),
      bankName: shown(bank?.bankName),
      iban: shown(bank?.iban).replace(/(.{4})(?=.)/g, '$1 '),
      bic: shown(bank?.bic),
      accountNumber: shown(bank?.accountNumber),
    },
  };
}

const isGiven = (texts: Record<string, string>) => Object.values(texts).some((text) => text.trim() !== '');

/** What documents issued from now on say of the merchant. */
function Profile({ organisation, refresh }: SectionProps) {
  const { t } = useTranslation('settings');
  const { language } = useFormat();
  const settings = useSettingsForm({
    name: 'profile',
    organisation,
    refresh,
    read: profileOf,
    validate: ({ name }) => (name.trim() ? {} : { name: t('organisation.nameMissing') }),
    action: useSaveOrganisation(),
    variables: (values, version) => ({
      input: {
        name: values.name,
        email: sent(values.email),
        phone: sent(values.phone),
        website: sent(values.website),
        taxId: sent(values.taxId),
        currency: values.currency,
        address: isGiven(values.address)
          ? { ...values.address, postalCode: sent(values.address.postalCode), region: sent(values.address.region) }
          : null,
        bank: isGiven(values.bank)
          ? {
              holder: values.bank.holder,
              bankName: sent(values.bank.bankName),
              iban: sent(values.bank.iban),
              bic: sent(values.bank.bic),
              accountNumber: sent(values.bank.accountNumber),
            }
          : null,
        expectedVersion: version || null,
      },
    }),
  });
  const field = settings.form.getInputProps;
  return (
    <SettingsForm title={t('organisation.title')} lead={t('organisation.lead')} of={settings}>
      <div className={classes.two}>
        <TextInput className={classes.wide} label={t('organisation.name')} required {...field('name')} />
        <TextInput label={t('organisation.email')} type="email" {...field('email')} />
        <TextInput label={t('organisation.phone')} type="tel" {...field('phone')} />
        <TextInput label={t('organisation.website')} inputMode="url" {...field('website')} />
        <TextInput label={t('organisation.taxId')} {...field('taxId')} />
        <NativeSelect
          label={t('organisation.currency')}
          description={t('organisation.currencyHint')}
          data={currencies(language, [organisation.currency])}
          {...field('currency')}
        />
      </div>
      <Title order={3}>{t('organisation.address')}</Title>
      <div className={classes.two}>
        <Textarea
          className={classes.wide}
          label={t('organisation.street')}
          autosize
          minRows={1}
          maxRows={3}
          {...field('address.street')}
        />
        <TextInput label={t('organisation.postalCode')} {...field('address.postalCode')} />
        <TextInput label={t('organisation.city')} {...field('address.city')} />
        <TextInput label={t('organisation.region')} {...field('address.region')} />
        <NativeSelect
          label={t('organisation.country')}
          data={[{ value: '', label: t('organisation.choose') }, ...countries(language)]}
          {...field('address.country')}
        />
      </div>
      <Title order={3}>{t('organisation.bank')}</Title>
      <div className={classes.two}>
        <TextInput label={t('organisation.holder')} {...field('bank.holder')} />
        <TextInput label={t('organisation.bankName')} {...field('bank.bankName')} />
        <TextInput label={t('organisation.iban')} spellCheck={false} {...field('bank.iban')} />
        <TextInput label={t('organisation.bic')} spellCheck={false} {...field('bank.bic')} />
        <TextInput
          label={t('organisation.accountNumber')}
          description={t('organisation.accountNumberHint')}
          {...field('bank.accountNumber')}
        />
      </div>
    </SettingsForm>
  );
}

/** Where its days begin and end, and the words on every customer's first page. */
function Everybody({ organisation, refresh }: SectionProps) {
  const { t } = useTranslation('settings');
  const format = useFormat();
  const settings = useSettingsForm({
    name: 'everybody',
    organisation,
    refresh,
    read: ({ timeZone, banner }) => ({ timeZone, banner: shown(banner) }),
    action: useUpdateSettings(),
    variables: ({ timeZone, banner }, expectedVersion) => ({
      input: { timeZone, banner: sent(banner), expectedVersion },
    }),
  });
  const field = settings.form.getInputProps;
  return (
    <SettingsForm title={t('everybody.title')} of={settings}>
      <div className={classes.two}>
        <Textarea
          className={classes.wide}
          label={t('everybody.banner')}
          description={t('everybody.bannerHint')}
          autosize
          minRows={2}
          {...field('banner')}
        />
        <NativeSelect
          label={t('everybody.timeZone')}
          description={t('everybody.timeZoneHint', { today: format.date(organisation.today) })}
          data={timeZones(organisation.timeZone)}
          {...field('timeZone')}
        />
      </div>
    </SettingsForm>
  );
}
