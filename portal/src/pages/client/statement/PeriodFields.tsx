import { Group, NativeSelect, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isDay, periodNames } from './periods';
import type { usePeriod } from './usePeriod';

/** Which days the statement is over: one of the usual periods, or any days. */
export function PeriodFields({ chosen }: { chosen: ReturnType<typeof usePeriod> }) {
  const { t } = useTranslation('statement');
  const { period, name, periods, choose, isBackwards } = chosen;
  return (
    <Group align="flex-start" gap="sm" data-print="hide">
      <NativeSelect
        label={t('period.label')}
        value={name}
        onChange={({ currentTarget: { value } }) => {
          const asked = periodNames.find((one) => one === value);
          if (asked) choose(periods[asked]);
        }}
        data={[
          ...periodNames.map((one) => ({ value: one, label: t(`period.${one}`) })),
          { value: 'other', label: t('period.other'), disabled: name !== 'other' },
        ]}
      />
      <DayField label={t('period.from')} day={period.from} onChange={(from) => choose({ from })} />
      <DayField
        label={t('period.to')}
        day={period.to}
        onChange={(to) => choose({ to })}
        error={isBackwards ? t('period.backwards') : null}
      />
    </Group>
  );
}

/** A day; while it is typed and is none yet, the one before it holds. */
function DayField(props: { label: string; day: string; onChange: (day: string) => void; error?: string | null }) {
  const [typed, setTyped] = useState(props.day);
  useEffect(() => setTyped(props.day), [props.day]);
  return (
    <TextInput
      type="date"
      label={props.label}
      value={typed}
      error={props.error}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        if (isDay(value)) props.onChange(value);
      }}
      onBlur={() => setTyped(props.day)}
    />
  );
}
