import { Checkbox, Text, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { SettingsForm } from './SettingsForm';
import classes from './SettingsForm.module.css';
import { type SectionProps, useUpdateSettings, wholeNumber } from './section';
import type { SeriesPartsFragment, SettingsPartsFragment } from './settings.generated';
import { useSettingsForm } from './useSettingsForm';

const names = ['estimates', 'invoices', 'creditNotes', 'payments'] as const;
type Series = (typeof names)[number];
type Written = { prefix: string; digits: string; yearly: boolean };

function seriesOf({ settings }: SettingsPartsFragment): { series: Record<Series, Written> } {
  const written = (name: Series): Written => {
    const { prefix, digits, yearly }: SeriesPartsFragment = settings?.series[name] ?? {
      prefix: '',
      digits: 5,
      yearly: false,
    };
    return { prefix, digits: String(digits), yearly };
  };
  return {
    series: {
      estimates: written('estimates'),
      invoices: written('invoices'),
      creditNotes: written('creditNotes'),
      payments: written('payments'),
    },
  };
}

/** How the numbers of documents are written, from the next one on. */
export function NumbersSection({ organisation, refresh }: SectionProps) {
  const { t } = useTranslation('settings');
  const settings = useSettingsForm({
    name: 'numbers',
    organisation,
    refresh,
    read: seriesOf,
    validate: ({ series }) =>
      Object.fromEntries(
        names.flatMap((name, at) => {
          const digits = wholeNumber(series[name].digits);
          const isWrong = digits === null || digits < 1 || digits > 12;
          const other = names.slice(0, at).find((one) => series[one].prefix.trim() === series[name].prefix.trim());
          return [
            ...(isWrong ? [[`series.${name}.digits`, t('numbers.digitsWrong')]] : []),
            ...(other ? [[`series.${name}.prefix`, t('numbers.taken', { other: t(`numbers.of.${other}`) })]] : []),
          ];
        }),
      ),
    action: useUpdateSettings(),
    variables: ({ series }, expectedVersion) => {
      const format = (name: Series) => ({ ...series[name], digits: wholeNumber(series[name].digits) ?? 0 });
      return {
        input: {
          series: {
            estimates: format('estimates'),
            invoices: format('invoices'),
            creditNotes: format('creditNotes'),
            payments: format('payments'),
          },
          expectedVersion,
        },
      };
    },
  });
  const { form } = settings;
  return (
    <SettingsForm title={t('numbers.title')} lead={t('numbers.lead')} of={settings}>
      {names.map((name) => (
        <fieldset key={name} className={classes.row}>
          <legend className={classes.legend}>{t(`numbers.of.${name}`)}</legend>
          <TextInput
            w={140}
            label={t('numbers.prefix')}
            spellCheck={false}
            {...form.getInputProps(`series.${name}.prefix`)}
          />
          <TextInput
            w={110}
            label={t('numbers.digits')}
            inputMode="numeric"
            {...form.getInputProps(`series.${name}.digits`)}
          />
          <Checkbox
            mt={{ base: 0, xs: 30 }}
            label={t('numbers.yearly')}
            {...form.getInputProps(`series.${name}.yearly`, { type: 'checkbox' })}
          />
          <Text size="sm" c="dimmed" className={classes.example} aria-live="polite">
            {t('numbers.example', { number: example(form.values.series[name], organisation.today) })}
          </Text>
        </fieldset>
      ))}
    </SettingsForm>
  );
}

/** The form of a number: `EST-00042`, or `EST-2026-00042` where every year begins anew. */
function example({ prefix, digits, yearly }: Written, today: string): string {
  const width = Math.min(Math.max(wholeNumber(digits) ?? 1, 1), 12);
  return [prefix.trim(), ...(yearly ? [today.slice(0, 4)] : []), '42'.padStart(width, '0')].join('-');
}
