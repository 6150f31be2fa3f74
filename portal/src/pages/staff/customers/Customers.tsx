import { Button, Stack } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useData } from '../../../api/useData';
import { useMe } from '../../../app/viewer';
import { Filters } from '../../../ui/Filters';
import { isZero, type Money, useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Pager, usePages } from '../../../ui/Pager';
import { SearchField, useSearched } from '../../../ui/SearchField';
import { Table } from '../../../ui/Table';
import { StaffCustomersDocument } from './customers.generated';

/** Everybody the merchant bills, by name, with what they owe. */
export default function Customers() {
  const { t } = useTranslation('customers');
  const { mayAct } = useMe();
  const text = useSearched();
  const pages = usePages();
  const customers = useData(StaffCustomersDocument, { text, after: pages.after });
  return (
    <Page
      title={t('title')}
      actions={
        mayAct && (
          <Button component={Link} to="/customers/new" leftSection={<Plus size={16} aria-hidden />}>
            {t('new.title')}
          </Button>
        )
      }
    >
      <Filters>
        <SearchField label={t('search')} />
      </Filters>
      <Loaded of={customers}>
        {({ customers: { nodes, pageInfo } }) => (
          <>
            <Table
              label={t('title')}
              rows={nodes}
              rowKey={({ id }) => id}
              href={({ id }) => `/customers/${id}`}
              empty={t(text ? 'empty.filtered' : 'empty.all')}
              columns={[
                { key: 'name', header: t('column.name'), cell: (row) => row.name },
                { key: 'email', header: t('column.email'), cell: (row) => row.email },
                {
                  key: 'contacts',
                  header: t('column.contacts'),
                  cell: (row) => row.contacts.map(({ name }) => name).join(', '),
                },
                {
                  key: 'credit',
                  header: t('column.credit'),
                  end: true,
                  cell: (row) => <Amounts of={row.balances.map(({ credit }) => credit)} />,
                },
                {
                  key: 'outstanding',
                  header: t('column.outstanding'),
                  end: true,
                  narrow: 'amount',
                  cell: (row) => <Amounts of={row.balances.map(({ outstanding }) => outstanding)} />,
                },
              ]}
            />
            <Pager pages={pages} info={pageInfo} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** Amounts of several currencies below each other; nothing where all are zero. */
function Amounts({ of }: { of: readonly Money[] }) {
  const format = useFormat();
  const some = of.filter(({ amount }) => !isZero(amount));
  if (some.length === 0) return null;
  return (
    <Stack gap={0} component="span" display="inline-flex">
      {some.map((money) => (
        <span key={money.currency}>{format.money(money)}</span>
      ))}
    </Stack>
  );
}
