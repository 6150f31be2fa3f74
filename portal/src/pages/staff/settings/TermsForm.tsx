import { Radio, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { InvoiceOnAcceptance } from '../../../api/schema.generated';
import { readAmount } from '../../../ui/format';
import { CurrenciesField } from './CurrenciesField';
import { SettingsForm } from './SettingsForm';
import classes from './SettingsForm.module.css';
import { type SectionProps, shown, useUpdateSettings, wholeNumber } from './section';
import type { SettingsPartsFragment } from './settings.generated';
import { useSettingsForm } from './useSettingsForm';

const outcomes = Object.keys({ BY_STAFF: true, DRAFT: true, ISSUE: true } satisfies Record<
  InvoiceOnAcceptance,
  true
>) as InvoiceOnAcceptance[];

interface Terms extends Record<string, unknown> {
  invoiceOnAcceptance: InvoiceOnAcceptance;
  offerValidDays: string;
  paymentTermsDays: string;
  depositPercent: string;
  currencies: string[];
}

function termsOf({ settings }: SettingsPartsFragment): Terms {
  return {
    invoiceOnAcceptance: settings?.invoiceOnAcceptance ?? 'BY_STAFF',
    offerValidDays: String(settings?.offerValidDays ?? ''),
    paymentTermsDays: String(settings?.paymentTermsDays ?? ''),
    depositPercent: shown(settings?.depositPercent),
    currencies: [...(settings?.currencies ?? [])],
  };
}

const isWithin = (typed: string, least: number, most: number) => {
  const days = wholeNumber(typed);
  return days !== null && days >= least && days <= most;
};

/** How offers become invoices, and until when they are to be paid. */
export function TermsForm({ organisation, refresh }: SectionProps) {
  const { t } = useTranslation('settings');
  const settings = useSettingsForm({
    name: 'terms',
    organisation,
    refresh,
    read: termsOf,
    validate: ({ offerValidDays, paymentTermsDays, depositPercent }) => ({
      ...(isWithin(offerValidDays, 1, 365) ? {} : { offerValidDays: t('daysBetween', { least: 1, most: 365 }) }),
      ...(isWithin(paymentTermsDays, 0, 365) ? {} : { paymentTermsDays: t('daysBetween', { least: 0, most: 365 }) }),
      ...(depositPercent.trim() && readAmount(depositPercent) === null ? { depositPercent: t('percentWrong') } : {}),
    }),
    action: useUpdateSettings(),
    variables: (values, expectedVersion) => ({
      input: {
        invoiceOnAcceptance: values.invoiceOnAcceptance,
        offerValidDays: wholeNumber(values.offerValidDays),
        paymentTermsDays: wholeNumber(values.paymentTermsDays),
        depositPercent: readAmount(values.depositPercent),
        currencies: values.currencies,
        expectedVersion,
      },
    }),
  });
  const field = settings.form.getInputProps;
  return (
    <SettingsForm title={t('terms.title')} of={settings}>
      <Radio.Group label={t('terms.onAcceptance')} {...field('invoiceOnAcceptance')}>
        <Stack gap="sm" mt="xs">
          {outcomes.map((value) => (
            <Radio
              key={value}
              value={value}
              label={t(`terms.outcome.${value}.label`)}
              description={t(`terms.outcome.${value}.hint`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      <div className={classes.two}>
        <TextInput
          label={t('terms.offerValidDays')}
          description={t('terms.offerValidDaysHint')}
          inputMode="numeric"
          {...field('offerValidDays')}
        />
        <TextInput
          label={t('terms.paymentTermsDays')}
          description={t('terms.paymentTermsDaysHint')}
          inputMode="numeric"
          {...field('paymentTermsDays')}
        />
        <TextInput
          label={t('terms.depositPercent')}
          description={t('terms.depositPercentHint')}
          inputMode="decimal"
          {...field('depositPercent')}
        />
        <CurrenciesField
          known={organisation.settings?.currencies ?? []}
          readOnly={!settings.mayEdit}
          {...field('currencies')}
        />
      </div>
    </SettingsForm>
  );
}
