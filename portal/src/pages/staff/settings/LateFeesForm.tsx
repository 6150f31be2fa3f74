import { Button, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { Plus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../../app/viewer';
import { currencies } from '../../../ui/codes';
import { readAmount, useFormat } from '../../../ui/format';
import { LateFeesToday } from './LateFeesToday';
import { RowButton } from './RowButton';
import { SettingsForm } from './SettingsForm';
import classes from './SettingsForm.module.css';
import { type SectionProps, shown, useUpdateSettings, wholeNumber } from './section';
import type { SettingsPartsFragment } from './settings.generated';
import { faultsOf, inOrder } from './stages';
import { useSettingsForm } from './useSettingsForm';

type Fee = {
  key: string;
  afterDays: string;
  kind: 'percent' | 'fixed';
  percent: string;
  fixed: string;
  currency: string;
};

const dayOf = ({ afterDays }: Fee) => wholeNumber(afterDays);

function feesOf({ settings, currency }: SettingsPartsFragment): { lateFees: Fee[] } {
  return {
    lateFees: (settings?.lateFees ?? []).map((fee, at) => ({
      key: String(at),
      afterDays: String(fee.afterDays),
      kind: fee.fixed === null ? 'percent' : 'fixed',
      percent: shown(fee.percent),
      fixed: shown(fee.fixed),
      currency: fee.currency ?? currency,
    })),
  };
}

/** What is charged for paying late, and what of it would be charged today. */
export function LateFeesForm({ organisation, refresh }: SectionProps) {
  const { t } = useTranslation('settings');
  const { language } = useFormat();
  const { role } = useMe();
  const settings = useSettingsForm({
    name: 'lateFees',
    organisation,
    refresh,
    read: feesOf,
    validate: ({ lateFees }) =>
      Object.fromEntries([
        ...faultsOf(lateFees, dayOf, [1, 365]).flatMap((fault, at) =>
          fault ? [[`lateFees.${at}.afterDays`, t(fault === 'wrong' ? 'lateFees.dayWrong' : 'stageFault.twice')]] : [],
        ),
        ...lateFees.flatMap((fee, at) =>
          readAmount(fee[fee.kind]) === null
            ? [[`lateFees.${at}.${fee.kind}`, t(fee.kind === 'percent' ? 'percentWrong' : 'lateFees.amountWrong')]]
            : [],
        ),
      ]),
    action: useUpdateSettings(),
    variables: ({ lateFees }, expectedVersion) => ({
      input: {
        lateFees: inOrder(lateFees, dayOf).map((fee) => ({
          afterDays: wholeNumber(fee.afterDays) ?? 0,
          percent: fee.kind === 'percent' ? readAmount(fee.percent) : null,
          fixed: fee.kind === 'fixed' ? readAmount(fee.fixed) : null,
          currency: fee.kind === 'fixed' ? fee.currency : null,
        })),
        expectedVersion,
      },
    }),
  });
  const { form } = settings;
  const add = () =>
    form.insertListItem('lateFees', {
      key: crypto.randomUUID(),
      afterDays: '',
      kind: 'fixed',
      percent: '',
      fixed: '',
      currency: organisation.currency,
    } satisfies Fee);
  return (
    <SettingsForm
      title={t('lateFees.title')}
      lead={t('lateFees.lead')}
      of={settings}
      after={role !== 'ACCOUNTANT' && <LateFeesToday of={organisation} />} // Who only reads is not told by the server.
    >
      {form.values.lateFees.length === 0 && <Text size="sm">{t('lateFees.empty')}</Text>}
      {form.values.lateFees.map(({ key, kind }, at) => (
        <fieldset key={key} className={classes.row}>
          <legend className="sr-only">{t('lateFees.one', { number: at + 1 })}</legend>
          <TextInput
            w={130}
            label={t('lateFees.afterDays')}
            inputMode="numeric"
            {...form.getInputProps(`lateFees.${at}.afterDays`)}
          />
          <NativeSelect
            label={t('lateFees.kind')}
            data={[
              { value: 'fixed', label: t('lateFees.fixed') },
              { value: 'percent', label: t('lateFees.percentOf') },
            ]}
            {...form.getInputProps(`lateFees.${at}.kind`)}
          />
          {kind === 'percent' ? (
            <TextInput
              w={110}
              label={t('lateFees.percent')}
              inputMode="decimal"
              {...form.getInputProps(`lateFees.${at}.percent`)}
            />
          ) : (
            <>
              <TextInput
                w={110}
                label={t('lateFees.amount')}
                inputMode="decimal"
                {...form.getInputProps(`lateFees.${at}.fixed`)}
              />
              <NativeSelect
                flex="0 1 170px"
                label={t('lateFees.currency')}
                data={currencies(language, [form.values.lateFees[at]?.currency ?? organisation.currency])}
                {...form.getInputProps(`lateFees.${at}.currency`)}
              />
            </>
          )}
          <Group mt={26} data-when="editing">
            <RowButton
              label={t('lateFees.remove', { number: at + 1 })}
              onClick={() => form.removeListItem('lateFees', at)}
              icon={<Trash2 size={16} aria-hidden />}
            />
          </Group>
        </fieldset>
      ))}
      <Group data-when="editing">
        <Button variant="default" leftSection={<Plus size={16} aria-hidden />} onClick={add}>
          {t('lateFees.add')}
        </Button>
      </Group>
    </SettingsForm>
  );
}
