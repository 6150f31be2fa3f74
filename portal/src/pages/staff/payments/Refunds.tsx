import { useTranslation } from 'react-i18next';
import type { RefundState } from '../../../api/schema.generated';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { State, type Tone } from '../../../ui/State';
import { Table } from '../../../ui/Table';
import { useFailure } from '../../../ui/useFailure';
import type { StaffPaymentPartsFragment } from './payments.generated';

const tones = { UNDER_WAY: 'info', SUCCEEDED: 'good', FAILED: 'bad' } as const satisfies Record<RefundState, Tone>;

/** What of a payment was given back, or was meant to be. */
export function Refunds({ of }: { of: StaffPaymentPartsFragment['refunds'] }) {
  const { t } = useTranslation('staffPayments');
  const format = useFormat();
  const failure = useFailure();
  return (
    <Section title={t('refunds.title')}>
      <Table
        label={t('refunds.title')}
        rows={of}
        rowKey={({ id }) => id}
        empty=""
        columns={[
          { key: 'dated', header: t('column.dated'), nowrap: true, cell: (row) => format.date(row.dated) },
          {
            key: 'how',
            header: t('column.method'),
            cell: (row) =>
              [t(row.byProvider ? 'refunds.byProvider' : 'refunds.byHand'), row.providerReference]
                .filter(Boolean)
                .join(' · '),
          },
          { key: 'reason', header: t('column.reason'), cell: (row) => row.reason },
          {
            key: 'state',
            header: t('column.state'),
            cell: (row) => (
              <>
                <State tone={tones[row.state]}>{t(`refunds.state.${row.state}`)}</State>
                {` ${failure(row) ?? ''}`}
              </>
            ),
          },
          {
            key: 'amount',
            header: t('column.amount'),
            end: true,
            narrow: 'amount',
            cell: (row) => format.money(row.amount),
          },
        ]}
      />
    </Section>
  );
}
