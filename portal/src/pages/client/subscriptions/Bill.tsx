import { useTranslation } from 'react-i18next';
import type { DocumentPartsFragment } from '../../../ui/document.generated';
import { useFormat } from '../../../ui/format';
import classes from './Bill.module.css';

/** What an invoice or credit note to come says, in short: its lines, the tax, the total. */
export function Bill({ label, document }: { label: string; document: DocumentPartsFragment }) {
  const { t } = useTranslation(['subscriptions', 'document']);
  const format = useFormat();
  return (
    <table className={classes.bill} aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{t('document:line.description')}</th>
          <th scope="col">{t('document:line.amount')}</th>
        </tr>
      </thead>
      <tbody>
        {document.lines.map((line) => (
          <tr key={line.lineId}>
            <td>{line.description}</td>
            <td>{format.money(line.amount)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        {document.taxes.map((tax) => (
          <tr key={`${tax.category} ${tax.percent}`}>
            <th scope="row">{t(`document:tax.${tax.category}`, { percent: format.percent(tax.percent) })}</th>
            <td>{format.money(tax.amount)}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">{t('document:total.total')}</th>
          <td>{format.money(document.total)}</td>
        </tr>
      </tfoot>
    </table>
  );
}
