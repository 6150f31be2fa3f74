import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useData } from '../api/useData';
import { boot } from '../app/boot';
import { PartyBlock } from './DocumentSheet';
import classes from './DocumentSheet.module.css';
import { MerchantDocument, type PartyPartsFragment } from './document.generated';

/**
 * A paper of the merchant that is no invoice, estimate or credit note, such as a receipt or a statement: with its
 * letterhead, on the screen and in print. Needs the words of `document`.
 */
export function Sheet(props: {
  title: string;
  number?: string | null;
  to?: PartyPartsFragment | null;
  /** Facts at the top right: dates, references. */
  facts: readonly (readonly [string, string | null | undefined])[];
  children: ReactNode;
}) {
  const { t } = useTranslation('document');
  const merchant = useData(MerchantDocument, {}, { live: false });
  const seller = merchant.data?.organisation?.details;
  return (
    <section className={classes.sheet} aria-label={`${props.title} ${props.number ?? ''}`.trim()} data-print="sheet">
      <header className={classes.letterhead}>
        <div>
          {boot.organisation?.logo && <img src={boot.organisation.logo} alt="" className={classes.logo} />}
          {seller && <PartyBlock party={seller} />}
        </div>
        <div className={classes.about}>
          <p className={classes.kind}>{props.title}</p>
          {props.number && <p className={classes.number}>{props.number}</p>}
          <dl>
            {props.facts
              .filter(([, value]) => value)
              .map(([term, value]) => (
                <div key={term}>
                  <dt>{term}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
          </dl>
        </div>
      </header>
      {props.to && (
        <div className={classes.buyer}>
          <p className={classes.caption}>{t('to')}</p>
          <PartyBlock party={props.to} />
        </div>
      )}
      {props.children}
    </section>
  );
}
