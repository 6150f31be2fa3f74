import { TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useNeededPart } from '../../../ui/usePart';

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
  const { t } = useTranslation('settings');
  const Choice = useNeededPart(loadChoice, true);
  if (Choice) return <Choice {...props} />;
  return (
    <TextInput
      label={t('terms.currencies')}
      description={t('terms.currenciesHint')}
      value={props.value?.join(', ') ?? ''}
      readOnly
    />
  );
}
