import { MultiSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { currencies } from '../../../ui/codes';
import { useFormat } from '../../../ui/format';
import type { CurrenciesFieldProps } from './CurrenciesField';

/** The currencies that are billed in, chosen from all there are. */
export function CurrenciesChoice({ known, ...field }: CurrenciesFieldProps & { autoFocus: boolean }) {
  const { t } = useTranslation('settings');
  const { language } = useFormat();
  return (
    <MultiSelect
      label={t('terms.currencies')}
      description={t('terms.currenciesHint')}
      data={currencies(language, known)}
      searchable
      hidePickedOptions
      nothingFoundMessage={t('terms.noCurrency')}
      {...field}
    />
  );
}
