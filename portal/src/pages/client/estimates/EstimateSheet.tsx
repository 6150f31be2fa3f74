import { useTranslation } from 'react-i18next';
import { DocumentSheet } from '../../../ui/DocumentSheet';
import classes from '../../../ui/DocumentSheet.module.css';
import type { PartyPartsFragment } from '../../../ui/document.generated';
import { type Format, useFormat } from '../../../ui/format';
import type { RevisionPartsFragment } from './estimates.generated';

const hour = 3_600_000;

/** To the minute; by its day alone where it was recorded on another one, such as in imported books. */
function acceptedWhen({ acceptedAt, answeredOn }: RevisionPartsFragment, format: Format): string {
  if (!answeredOn) return '';
  const passed = Date.parse(acceptedAt ?? '') - Date.parse(answeredOn);
  // The day may be one of any time zone.
  return acceptedAt && passed >= -14 * hour && passed < 38 * hour
    ? format.dateTime(acceptedAt)
    : format.date(answeredOn);
}

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
      footer={
        revision.acceptedAt && (
          <div>
            <p className={classes.caption}>{t('acceptance.title')}</p>
            <p className={classes.text}>
              {t('acceptance.text', {
                name: revision.answeredBy,
                when: acceptedWhen(revision, format),
                number: format.number(String(revision.revision)),
              })}
            </p>
          </div>
        )
      }
      balances={revision.deposit ? [{ label: t('fact.deposit'), amount: revision.deposit }] : []}
    />
  );
}
