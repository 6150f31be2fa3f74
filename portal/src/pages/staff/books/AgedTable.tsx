import { useTranslation } from 'react-i18next';
import { isZero, type Money, useFormat } from '../../../ui/format';
import { type Column, Table } from '../../../ui/Table';
import classes from './AgedTable.module.css';
import type { AgedPartsFragment } from './books.generated';

interface Row {
  key: string;
  name: string;
  href: string | null;
  amounts: AgedPartsFragment;
}

const buckets = ['current', 'days1To30', 'days31To60', 'days61To90', 'daysOver90'] as const;

/** Amounts due by how long they are, row by row; `first` is what the rows' names are. */
export function AgedTable({ label, first, rows }: { label: string; first: string; rows: readonly Row[] }) {
  const { t } = useTranslation('customers');
  const format = useFormat();
  const text = (money: Money) => (isZero(money.amount) ? null : format.money(money));
  return (
    <div className={classes.aged}>
      <Table
        label={label}
        rows={rows}
        rowKey={({ key }) => key}
        href={({ href }) => href}
        empty={t('ageing.none')}
        columns={[
          { key: 'name', header: first, cell: (row) => row.name },
          ...buckets.map(
            (bucket): Column<Row> => ({
              key: bucket,
              header: t(`ageing.${bucket}`),
              end: true,
              cell: ({ amounts }) => text(amounts[bucket]),
            }),
          ),
          {
            key: 'due',
            header: t('ageing.due'),
            end: true,
            narrow: 'amount',
            cell: ({ amounts }) => <strong>{format.money(amounts.due)}</strong>,
          },
          { key: 'credit', header: t('ageing.credit'), end: true, cell: ({ amounts }) => text(amounts.credit) },
        ]}
      />
    </div>
  );
}
