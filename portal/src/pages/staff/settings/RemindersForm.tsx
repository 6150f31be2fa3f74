import { Button, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { Plus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../../app/viewer';
import { RowButton } from './RowButton';
import { SettingsForm } from './SettingsForm';
import classes from './SettingsForm.module.css';
import { type SectionProps, useUpdateSettings, wholeNumber } from './section';
import { faultsOf, inOrder, type Stage } from './stages';
import { useSettingsForm } from './useSettingsForm';

type Reminder = Stage & { when: 'before' | 'after' };

/** Days after the due date; negative before it. */
function dayOf({ days, when }: Reminder): number | null {
  const number = wholeNumber(days);
  if (number === null || number < 0) return null;
  return when === 'before' ? 0 - number : number;
}

const reminder = (day: number, at: number): Reminder => ({
  key: String(at),
  days: String(Math.abs(day)),
  when: day < 0 ? 'before' : 'after',
});

/** When customers are reminded of what is unpaid. */
export function RemindersForm({ organisation, refresh }: SectionProps) {
  const { t } = useTranslation('settings');
  const { isMailDelivered } = useMe();
  const settings = useSettingsForm({
    name: 'reminders',
    organisation,
    refresh,
    read: ({ settings }): { reminders: Reminder[] } => ({ reminders: (settings?.reminders ?? []).map(reminder) }),
    validate: ({ reminders }) =>
      Object.fromEntries(
        faultsOf(reminders, dayOf, [-365, 365]).flatMap((fault, at) =>
          fault ? [[`reminders.${at}.days`, t(`stageFault.${fault}`)]] : [],
        ),
      ),
    action: useUpdateSettings(),
    variables: ({ reminders }, expectedVersion) => ({
      input: { reminders: inOrder(reminders, dayOf).map((one) => dayOf(one) ?? 0), expectedVersion },
    }),
  });
  const { form } = settings;
  return (
    <SettingsForm
      title={t('reminders.title')}
      lead={isMailDelivered ? t('reminders.lead') : `${t('reminders.lead')} ${t('mailNotSetUp')}`}
      of={settings}
    >
      {form.values.reminders.length === 0 && <Text size="sm">{t('reminders.empty')}</Text>}
      {form.values.reminders.map(({ key }, at) => (
        <fieldset key={key} className={classes.row}>
          <legend className="sr-only">{t('reminders.one', { number: at + 1 })}</legend>
          <TextInput
            w={110}
            label={t('reminders.days')}
            inputMode="numeric"
            {...form.getInputProps(`reminders.${at}.days`)}
          />
          <NativeSelect
            label={t('reminders.when')}
            data={[
              { value: 'before', label: t('reminders.before') },
              { value: 'after', label: t('reminders.after') },
            ]}
            {...form.getInputProps(`reminders.${at}.when`)}
          />
          <Group mt={26} data-when="editing">
            <RowButton
              label={t('reminders.remove', { number: at + 1 })}
              onClick={() => form.removeListItem('reminders', at)}
              icon={<Trash2 size={16} aria-hidden />}
            />
          </Group>
        </fieldset>
      ))}
      <Group data-when="editing">
        <Button
          variant="default"
          leftSection={<Plus size={16} aria-hidden />}
          onClick={() => form.insertListItem('reminders', { key: crypto.randomUUID(), days: '', when: 'after' })}
        >
          {t('reminders.add')}
        </Button>
      </Group>
    </SettingsForm>
  );
}
