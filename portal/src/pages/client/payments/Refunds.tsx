import { useTranslation } from 'react-i18next';
import type { RefundState } from '../../../api/schema.generated';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { State, type Tone } from '../../../ui/State';
import { Table } from '../../../ui/Table';
import { useFailure } from '../../../ui/useFailure';
import type { ShownPayment } from './Payment';

const tones = { UNDER_WAY: 'info', SUCCEEDED: 'good', FAILED: 'bad' } as const satisfies Record<RefundState, Tone>;

/** What was given back of a payment, or was meant to be. */
export function Refunds({ payment }: { payment: ShownPayment }) {
  const { t } = useTranslation('payments');
  const format = useFormat();
  const failure = useFailure();
  if (payment.refunds.length === 0) return null;
  return (
    <Section title={t('refunds.title')}>
      <Table
        label={t('refunds.title')}
        rows={payment.refunds}
        rowKey={({ id }) => id}
        empty=""
        columns={[
          { key: 'dated', header: t('column.dated'), cell: (row) => format.date(row.dated) },
          { key: 'reason', header: t('refunds.reason'), cell: (row) => failure(row) ?? row.reason },
          {
            key: 'state',
            header: t('column.state'),
            cell: (row) => <State tone={tones[row.state]}>{t(`refunds.state.${row.state}`)}</State>,
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
