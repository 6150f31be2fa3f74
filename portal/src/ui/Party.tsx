import { useTranslation } from 'react-i18next';
import classes from './DocumentSheet.module.css';
import type { AddressPartsFragment, PartyPartsFragment } from './document.generated';
import { useFormat } from './format';

/** A party as it stands on documents. */
export function PartyBlock({ party }: { party: PartyPartsFragment }) {
  const { t } = useTranslation('document');
  return (
    <address className={classes.party}>
      <strong>{party.name}</strong>
      {party.address && <AddressLines address={party.address} />}
      {party.taxId && (
        <span>
          {t('taxId')} {party.taxId}
        </span>
      )}
      {party.email && <span>{party.email}</span>}
      {party.phone && <span>{party.phone}</span>}
    </address>
  );
}

/** An address, line by line, with its country's name. */
export function AddressLines({ address }: { address: AddressPartsFragment }) {
  const { language } = useFormat();
  const country = new Intl.DisplayNames(language, { type: 'region' }).of(address.country) ?? address.country;
  return (
    <>
      {address.street.split('\n').map((line) => (
        <span key={line}>{line}</span>
      ))}
      <span>{[address.postalCode, address.city].filter(Boolean).join(' ')}</span>
      {address.region && <span>{address.region}</span>}
      <span>{country}</span>
    </>
  );
}
