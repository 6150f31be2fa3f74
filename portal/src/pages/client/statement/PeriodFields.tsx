import { Group, NativeSelect, TextInput } from '@mantine/core';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isDay, periodNames } from './periods';
import type { usePeriod } from './usePeriod';

/** Which days the statement is over: one of the usual periods, or any days. */
export function PeriodFields({ chosen }: { chosen: ReturnType<typeof usePeriod> }) {
  const { t } = useTranslation('statement');
  const { period, name, periods, choose, isUnknown, isBackwards } = chosen;
  const [isOther, setOther] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  return (
    <Group align="flex-start" gap="sm" data-print="hide">
      <NativeSelect
        label={t('period.label')}
        value={isOther ? 'other' : name}
        onChange={({ currentTarget: { value } }) => {
          const asked = periodNames.find((one) => one === value);
          setOther(!asked);
          if (asked) choose(periods[asked]);
          else first.current?.focus();
        }}
        data={[
          ...periodNames.map((one) => ({ value: one, label: t(`period.${one}`) })),
          { value: 'other', label: t('period.other') },
        ]}
      />
      <DayField
        label={t('period.from')}
        day={period.from}
        isUnknown={isUnknown.from}
        onChange={(from) => choose({ from })}
        input={first}
      />
      <DayField
        label={t('period.to')}
        day={period.to}
        isUnknown={isUnknown.to}
        onChange={(to) => choose({ to })}
        error={isBackwards ? t('period.backwards') : null}
      />
    </Group>
  );
}

/** A day; while it is typed and is none yet, the one before it holds, and goes on doing so where it becomes none. */
function DayField(props: {
  label: string;
  day: string;
  /** Whether the address names what is no day. */
  isUnknown: boolean;
  onChange: (day: string) => void;
  error?: string | null;
  input?: RefObject<HTMLInputElement | null>;
}) {
  const { t } = useTranslation('statement');
  const [typed, setTyped] = useState(props.day);
  const [isWrong, setWrong] = useState(props.isUnknown);
  useEffect(() => {
    setTyped(props.day);
    setWrong(props.isUnknown);
  }, [props.day, props.isUnknown]);
  return (
    <TextInput
      type="date"
      label={props.label}
      value={typed}
      error={props.error || (isWrong && t('period.noDay'))}
      ref={props.input}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        setWrong(false);
        if (isDay(value)) props.onChange(value);
      }}
      onBlur={() => {
        if (!isDay(typed)) setWrong(true);
        setTyped(props.day);
      }}
    />
  );
}
