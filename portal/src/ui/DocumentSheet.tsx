import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useData } from '../api/useData';
import classes from './DocumentSheet.module.css';
import { type DocumentPartsFragment, MerchantDocument, type PartyPartsFragment } from './document.generated';
import { isZero, useFormat } from './format';
import { Sheet } from './Sheet';

/** An amount below the total, such as what has been paid. */
export interface Balance {
  label: string;
  amount: { readonly amount: string; readonly currency: string };
  strong?: boolean;
}

/**
 * A document as it would lie on the table, and as it is printed: who sends it, to whom, what it says, what it comes to.
 * The merchant stands as it was when the document was issued (`seller`), before that as it stands now.
 */
export function DocumentSheet(props: {
  title: string;
  number: string | null;
  document: DocumentPartsFragment;
  seller?: PartyPartsFragment | null;
  buyer?: PartyPartsFragment | null;
  /** Facts at the top right: dates, references. */
  facts: readonly (readonly [string, string | null | undefined])[];
  balances?: readonly Balance[];
  /** Whether the merchant's bank account stands below: where money is to be transferred. */
  withBank?: boolean;
  /** Across the sheet: void, superseded, draft. */
  stamp?: string | null;
  footer?: ReactNode;
}) {
  const { t } = useTranslation('document');
  const format = useFormat();
  const merchant = useData(MerchantDocument, {}, { live: false });
  const { document } = props;
  const bank = props.withBank ? merchant.data?.organisation?.bank : null;
  const hasDiscount = document.lines.some((line) => line.discount);
  return (
    <Sheet
      title={props.title}
      number={props.number}
      from={props.seller}
      to={props.buyer}
      facts={props.facts}
      stamp={props.stamp}
    >
      <table className={classes.lines}>
        <thead>
          <tr>
            <th scope="col">{t('line.description')}</th>
            <th scope="col">{t('line.quantity')}</th>
            <th scope="col">{t('line.price')}</th>
            {hasDiscount && <th scope="col">{t('line.discount')}</th>}
            <th scope="col">{t('line.tax')}</th>
            <th scope="col">{t('line.amount')}</th>
          </tr>
        </thead>
        <tbody>
          {document.lines.map((line) => (
            <tr key={line.lineId}>
              <td>{line.description}</td>
              <td data-label={t('line.quantity')}>{format.number(line.quantity)}</td>
              <td data-label={t('line.price')}>{format.amount(line.unitPrice, document.currency)}</td>
              {hasDiscount && (
                <td data-label={t('line.discount')}>{discountText(line.discount, document.currency, format)}</td>
              )}
              <td data-label={t('line.tax')}>{format.percent(line.taxPercent)}</td>
              <td data-label={t('line.amount')}>{format.money(line.amount)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <dl className={classes.totals}>
        {!isZero(document.discountTotal.amount) && (
          <>
            <Total label={t('total.lines')} value={format.money(document.linesTotal)} />
            <Total label={t('total.discount')} value={`− ${format.money(document.discountTotal)}`} />
          </>
        )}
        <Total label={t('total.net')} value={format.money(document.net)} />
        {document.taxes.map((tax) => (
          <Total
            key={`${tax.category} ${tax.percent}`}
            label={t(`tax.${tax.category}`, { percent: format.percent(tax.percent) })}
            value={format.money(tax.amount)}
          />
        ))}
        <Total label={t('total.total')} value={format.money(document.total)} strong />
        {props.balances?.map((balance) => (
          <Total
            key={balance.label}
            label={balance.label}
            value={format.money(balance.amount)}
            strong={balance.strong}
          />
        ))}
      </dl>
      {document.prices === 'TAX_INCLUSIVE' && <p className={classes.small}>{t('inclusive')}</p>}
      {document.notes && <p className={classes.text}>{document.notes}</p>}
      {document.terms && (
        <div>
          <p className={classes.caption}>{t('terms')}</p>
          <p className={classes.text}>{document.terms}</p>
        </div>
      )}
      {bank && (
        <div>
          <p className={classes.caption}>{t('bank.title')}</p>
          <p className={classes.text}>
            {[
              bank.holder,
              bank.bankName,
              bank.iban && `IBAN ${grouped(bank.iban)}`,
              bank.bic && `BIC ${bank.bic}`,
              bank.accountNumber && `${t('bank.account')} ${bank.accountNumber}`,
            ]
              .filter(Boolean)
              .join(' · ')}
          </p>
        </div>
      )}
      {props.footer}
    </Sheet>
  );
}

function Total({ label, value, strong = false }: { label: string; value: string; strong?: boolean }) {
  return (
    <div data-strong={strong || undefined}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function discountText(
  discount: { readonly percent: string | null; readonly amount: string | null } | null,
  currency: string,
  format: ReturnType<typeof useFormat>,
): string {
  if (!discount) return '';
  return discount.percent
    ? format.percent(discount.percent)
    : format.money({ amount: discount.amount ?? '0', currency });
}

const grouped = (iban: string) => iban.replace(/(.{4})(?=.)/g, '$1 ');
