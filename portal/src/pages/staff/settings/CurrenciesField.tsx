import { TextInput } from '@mantine/core';
import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { usePart } from '../../../ui/usePart';

export interface CurrenciesFieldProps {
  value?: string[];
  onChange?: (currencies: string[]) => void;
  error?: ReactNode;
  readOnly: boolean;
  /** Those that the organisation has, which are offered whatever the browser knows. */
  known: readonly string[];
}

const loadChoice = () => import('./CurrenciesChoice').then((module) => module.CurrenciesChoice);

/** The currencies that are billed in. What they are chosen with comes after the page; until then they can be read. */
export function CurrenciesField(props: CurrenciesFieldProps) {
  const { t } = useTranslation(['settings', 'common']);
  const hasFocus = useRef(false);
  const { part: Choice, failure } = usePart(loadChoice, true);
  if (Choice) return <Choice {...props} autoFocus={hasFocus.current} />;
  return (
    <TextInput
      label={t('terms.currencies')}
      description={t('terms.currenciesHint')}
      value={props.value?.join(', ') ?? ''}
      error={failure ? t('common:error.part') : props.error}
      readOnly
      onFocus={() => {
        hasFocus.current = true;
      }}
      onBlur={() => {
        hasFocus.current = false;
      }}
    />
  );
}
