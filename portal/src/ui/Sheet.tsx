import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useData } from '../api/useData';
import { boot } from '../app/boot';
import classes from './DocumentSheet.module.css';
import { MerchantDocument, type PartyPartsFragment } from './document.generated';
import { PartyBlock } from './Party';

/**
 * A paper of the merchant, with its letterhead, on the screen and in print. The merchant stands as it was when the paper
 * was made (`from`), else as it stands now. Needs the words of `document`.
 */
export function Sheet(props: {
  title: string;
  number?: string | null;
  from?: PartyPartsFragment | null;
  to?: PartyPartsFragment | null;
  /** Facts at the top right: dates, references. */
  facts: readonly (readonly [string, string | null | undefined])[];
  /** Across the sheet: void, superseded, draft. */
  stamp?: string | null;
  children: ReactNode;
}) {
  const { t } = useTranslation('document');
  const merchant = useData(MerchantDocument, {}, { live: false });
  const seller = props.from ?? merchant.data?.organisation?.details;
  return (
    <section className={classes.sheet} aria-label={`${props.title} ${props.number ?? ''}`.trim()} data-print="sheet">
      {props.stamp && <p className={classes.stamp}>{props.stamp}</p>}
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
