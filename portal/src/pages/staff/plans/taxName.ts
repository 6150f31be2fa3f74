import { useTranslation } from 'react-i18next';
import type { TaxCategory } from '../../../api/schema.generated';
import { useFormat } from '../../../ui/format';

/** What a tax is called on documents, such as "Tax 19 %". */
export function useTaxName(): (category: TaxCategory, percent: string) => string {
  const { t } = useTranslation('document');
  const format = useFormat();
  return (category, percent) => t(`tax.${category}`, { percent: format.percent(percent) });
}
