import { Radio, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ends, type StartForm } from './startValues';

/** When the subscription ends by itself, if it does. */
export function EndChoice({ form }: { form: StartForm }) {
  const { t } = useTranslation('subscriptions');
  const { end } = form.values;
  return (
    <>
      <Radio.Group
        label={t('start.end')}
        value={end}
        onChange={(value) => form.setFieldValue('end', ends.find((one) => one === value) ?? 'never')}
      >
        <Stack gap="xs" mt="xs">
          {ends.map((one) => (
            <Radio key={one} value={one} label={t(`start.ends.${one}`)} />
          ))}
        </Stack>
      </Radio.Group>
      {end === 'periods' && (
        <TextInput label={t('start.periods')} inputMode="numeric" required {...form.getInputProps('periods')} />
      )}
      {end === 'before' && (
        <TextInput type="date" label={t('start.before')} required {...form.getInputProps('endsBefore')} />
      )}
    </>
  );
}
