import { Radio, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AfterDunning } from '../../../api/schema.generated';
import { SettingsForm } from './SettingsForm';
import { type SectionProps, useUpdateSettings } from './section';
import type { SettingsPartsFragment } from './settings.generated';
import { readDays } from './stages';
import { useSettingsForm } from './useSettingsForm';

const ends = Object.keys({ MARK_UNPAID: true, CANCEL: true } satisfies Record<AfterDunning, true>) as AfterDunning[];

function dunningOf({ settings }: SettingsPartsFragment): { dunning: { retryAfterDays: string; then: AfterDunning } } {
  return {
    dunning: {
      retryAfterDays: (settings?.dunning.retryAfterDays ?? []).join(', '),
      // biome-ignore lint/suspicious/noThenProperty: so the server calls it; it is text
      then: settings?.dunning.then ?? 'MARK_UNPAID',
    },
  };
}

/** What happens where a subscription's invoice cannot be collected. */
export function DunningForm({ organisation, refresh }: SectionProps) {
  const { t } = useTranslation('settings');
  const settings = useSettingsForm({
    name: 'dunning',
    organisation,
    refresh,
    read: dunningOf,
    validate: ({ dunning }) => {
      const days = readDays(dunning.retryAfterDays);
      const isRight = days?.every((day, at) => day >= 1 && day <= 90 && days.indexOf(day) === at);
      return isRight ? {} : { 'dunning.retryAfterDays': t('dunning.daysWrong') };
    },
    action: useUpdateSettings(),
    variables: ({ dunning }, expectedVersion) => ({
      input: { dunning: { ...dunning, retryAfterDays: readDays(dunning.retryAfterDays) ?? [] }, expectedVersion },
    }),
  });
  const field = settings.form.getInputProps;
  return (
    <SettingsForm title={t('dunning.title')} lead={t('dunning.lead')} of={settings}>
      <TextInput
        maw={350}
        label={t('dunning.days')}
        description={t('dunning.daysHint')}
        {...field('dunning.retryAfterDays')}
      />
      <Radio.Group label={t('dunning.then')} {...field('dunning.then')}>
        <Stack gap="sm" mt="xs">
          {ends.map((value) => (
            <Radio
              key={value}
              value={value}
              label={t(`dunning.end.${value}.label`)}
              description={t(`dunning.end.${value}.hint`)}
            />
          ))}
        </Stack>
      </Radio.Group>
    </SettingsForm>
  );
}
