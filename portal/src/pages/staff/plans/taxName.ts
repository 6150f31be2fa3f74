import { useTranslation } from 'react-i18next';
import type { TaxCategory } from '../../../api/schema.generated';
import { useFormat } from '../../../ui/format';

/** What a tax is called on documents, such as "Tax 19 %"; in a column that says "Tax" already, only "19 %". */
export function useTaxName({ inColumn = false } = {}): (category: TaxCategory, percent: string) => string {
  const { t } = useTranslation('document');
  const format = useFormat();
  return (category, percent) =>
    inColumn && category === 'STANDARD'
      ? format.percent(percent)
      : t(`tax.${category}`, { percent: format.percent(percent) });
}
