import { Button, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { TaxCategory } from '../../../api/schema.generated';
import { readAmount } from '../../../ui/format';
import { RowButton } from './RowButton';
import { SettingsForm } from './SettingsForm';
import classes from './SettingsForm.module.css';
import { type SectionProps, useUpdateSettings } from './section';
import { useSettingsForm } from './useSettingsForm';

/** The categories of EN 16931 in the order that people need them, and whether they have a rate. */
const categories = {
  STANDARD: true,
  ZERO_RATED: false,
  EXEMPT: false,
  REVERSE_CHARGE: false,
  INTRA_COMMUNITY: false,
  EXPORT: false,
  OUT_OF_SCOPE: false,
} as const satisfies Record<TaxCategory, boolean>;

/** A tax as it is edited; `key` tells rows apart that are moved. */
type Rate = { key: string; name: string; category: TaxCategory; percent: string };

/** The taxes that are proposed on the lines of new documents, in that order. */
export function TaxesSection({ organisation, refresh }: SectionProps) {
  const { t } = useTranslation('settings');
  const settings = useSettingsForm({
    name: 'taxes',
    organisation,
    refresh,
    read: ({ settings }): { taxRates: Rate[] } => ({
      taxRates: (settings?.taxRates ?? []).map(({ name, category, percent }, at) => ({
        key: String(at),
        name,
        category,
        percent,
      })),
    }),
    validate: ({ taxRates }) =>
      Object.fromEntries(
        taxRates.flatMap(({ name, category, percent }, at) => [
          ...(name.trim() ? [] : [[`taxRates.${at}.name`, t('taxes.nameMissing')]]),
          ...(categories[category] && readAmount(percent) === null
            ? [[`taxRates.${at}.percent`, t('percentWrong')]]
            : []),
        ]),
      ),
    action: useUpdateSettings(),
    variables: ({ taxRates }, expectedVersion) => ({
      input: {
        taxRates: taxRates.map(({ name, category, percent }) => ({
          name,
          category,
          percent: categories[category] ? (readAmount(percent) ?? '') : '0',
        })),
        expectedVersion,
      },
    }),
  });
  const { form } = settings;
  const rates = form.values.taxRates;
  // What is added or removed takes the focus along.
  const next = useRef<string | null>(null);
  const adder = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (next.current === null) return;
    const field = form.getInputNode(next.current);
    next.current = null;
    if (field) field.focus();
    else adder.current?.focus();
  });
  const add = () => {
    next.current = `taxRates.${rates.length}.name`;
    form.insertListItem('taxRates', { key: crypto.randomUUID(), name: '', category: 'STANDARD', percent: '' });
  };
  const remove = (at: number) => {
    next.current = `taxRates.${Math.min(at, rates.length - 2)}.name`;
    form.removeListItem('taxRates', at);
  };
  const move = (from: number, to: number) => form.reorderListItem('taxRates', { from, to });
  return (
    <SettingsForm title={t('taxes.title')} lead={t('taxes.lead')} of={settings}>
      {rates.length === 0 && <Text size="sm">{t('taxes.empty')}</Text>}
      {rates.map((rate, at) => (
        <fieldset key={rate.key} className={classes.row}>
          <legend className="sr-only">{rate.name || t('taxes.new')}</legend>
          <TextInput
            flex="1 1 160px"
            label={t('taxes.name')}
            placeholder={t('taxes.namePlaceholder')}
            {...form.getInputProps(`taxRates.${at}.name`)}
          />
          <NativeSelect
            flex="1 1 200px"
            label={t('taxes.category')}
            data={(Object.keys(categories) as TaxCategory[]).map((value) => ({
              value,
              label: t(`taxes.of.${value}`),
            }))}
            {...form.getInputProps(`taxRates.${at}.category`)}
          />
          {categories[rate.category] ? (
            <TextInput
              w={100}
              label={t('taxes.percent')}
              inputMode="decimal"
              {...form.getInputProps(`taxRates.${at}.percent`)}
            />
          ) : (
            <div className={classes.noRate} />
          )}
          <Group gap={4} mt={26} wrap="nowrap" data-when="editing">
            <RowButton
              label={t('taxes.up', { name: rate.name })}
              disabled={at === 0}
              onClick={() => move(at, at - 1)}
              icon={<ArrowUp size={16} aria-hidden />}
            />
            <RowButton
              label={t('taxes.down', { name: rate.name })}
              disabled={at === rates.length - 1}
              onClick={() => move(at, at + 1)}
              icon={<ArrowDown size={16} aria-hidden />}
            />
            <RowButton
              label={t('taxes.remove', { name: rate.name })}
              onClick={() => remove(at)}
              icon={<Trash2 size={16} aria-hidden />}
            />
          </Group>
        </fieldset>
      ))}
      <Group data-when="editing">
        <Button ref={adder} variant="default" leftSection={<Plus size={16} aria-hidden />} onClick={add}>
          {t('taxes.add')}
        </Button>
      </Group>
    </SettingsForm>
  );
}
