import { useTranslation } from 'react-i18next';
import { DocumentSheet } from '../../../ui/DocumentSheet';
import type { PartyPartsFragment } from '../../../ui/document.generated';
import { useFormat } from '../../../ui/format';
import type { RevisionPartsFragment } from './estimates.generated';

/** One revision of an estimate as it lies on the table. */
export function EstimateSheet(props: {
  number: string | null;
  revision: RevisionPartsFragment;
  buyer: PartyPartsFragment | null;
  /** Across the sheet where it is not an offer that stands: superseded, withdrawn. */
  stamp?: string | null;
}) {
  const { t } = useTranslation('estimates');
  const format = useFormat();
  const { revision } = props;
  return (
    <DocumentSheet
      title={t('one')}
      number={props.number}
      document={revision.document}
      buyer={props.buyer}
      stamp={props.stamp ?? null}
      facts={[
        [t('fact.revision'), revision.revision > 1 ? format.number(String(revision.revision)) : null],
        [t('fact.offered'), revision.offeredOn && format.date(revision.offeredOn)],
        [t('fact.validUntil'), revision.validUntil && format.date(revision.validUntil)],
      ]}
      balances={revision.deposit ? [{ label: t('fact.deposit'), amount: revision.deposit }] : []}
    />
  );
}
