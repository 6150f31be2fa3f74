import { Button, Checkbox, Group, NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { isId } from '../../../api/ids';
import type { InvoiceFilterInput, InvoiceSort } from '../../../api/schema.generated';
import { useData } from '../../../api/useData';
import { useMe } from '../../../app/viewer';
import { FilterSelect } from '../../../ui/FilterSelect';
import { Filters } from '../../../ui/Filters';
import { isZero, useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Pager, usePages } from '../../../ui/Pager';
import { SearchField, useSearched } from '../../../ui/SearchField';
import { Table } from '../../../ui/Table';
import { useAddress } from '../../../ui/useAddress';
import { InvoiceStateBadge } from './InvoiceStateBadge';
import { type InvoiceRowFragment, InvoiceSubscriptionsDocument, InvoicesDocument } from './invoices.generated';
import { payableOf } from './payable';
import { SelectionBar } from './SelectionBar';
import { useSelection } from './useSelection';

const filters = {
  all: {},
  unpaid: { status: 'UNPAID' },
  overdue: { overdue: true },
  'part-paid': { status: 'PARTIALLY_PAID' },
  paid: { status: 'PAID' },
} as const satisfies Record<string, InvoiceFilterInput>;

const orders = {
  newest: { sort: 'DATED', descending: true },
  oldest: { sort: 'DATED', descending: false },
  'due-first': { sort: 'DUE_DATE', descending: false },
  'most-due': { sort: 'DUE', descending: true },
  largest: { sort: 'TOTAL', descending: true },
} as const satisfies Record<string, { sort: InvoiceSort; descending: boolean }>;

const oneOf = <Name extends string>(names: Record<Name, unknown>, asked: string | null, usual: Name): Name =>
  asked !== null && asked in names ? (asked as Name) : usual; // `in` has just looked.

/** The customer's invoices; those with something due can be chosen and paid together. */
export default function Invoices() {
  const { t } = useTranslation('invoices');
  const me = useMe();
  const [params] = useSearchParams();
  const show = oneOf(filters, params.get('show'), 'all');
  const order = oneOf(orders, params.get('sort'), 'newest');
  const { subscription, plan } = ofSubscription(params);
  const text = useSearched();
  const pages = usePages();
  const invoices = useData(InvoicesDocument, {
    filter: { ...filters[show], subscriptionId: subscription, planId: plan, text },
    ...orders[order],
    after: pages.after,
  });
  const mayPay = me.mayAct && me.portal?.pay === true;
  const selection = useSelection(invoices.data?.invoices.nodes ?? []);
  const narrowed = show !== 'all' || subscription !== null || plan !== null || text !== null;
  return (
    <Page title={t('title')}>
      <Filters>
        <FilterSelect
          label={t('filter.label')}
          param="show"
          options={(Object.keys(filters) as (keyof typeof filters)[]).map((name) => [name, t(`filter.${name}`)])}
        />
        <SubscriptionFilter />
        <FilterSelect
          label={t('sort.label')}
          param="sort"
          options={(Object.keys(orders) as (keyof typeof orders)[]).map((name) => [name, t(`sort.${name}`)])}
        />
        <SearchField label={t('search')} />
      </Filters>
      <Loaded of={invoices}>
        {({ invoices: { nodes, pageInfo } }) => (
          <>
            {mayPay && selection.selectable.length > 0 && (
              <Group justify="space-between">
                <Checkbox
                  label={t('select.all')}
                  checked={selection.allSelected}
                  indeterminate={selection.someSelected && !selection.allSelected}
                  onChange={(event) => selection.setAll(event.currentTarget.checked)}
                />
                <Button component={Link} to="/pay?due=all" variant="default">
                  {t('pay.everything')}
                </Button>
              </Group>
            )}
            <Rows
              rows={nodes}
              empty={t(narrowed ? 'empty.filtered' : 'empty.all')}
              selection={mayPay ? selection : null}
            />
            <Pager pages={pages} info={pageInfo} />
            {mayPay && <SelectionBar selection={selection} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** Whose invoices the address asks for; one from before subscriptions could be named has the plan instead. */
function ofSubscription(params: URLSearchParams) {
  const named = (param: string) => params.getAll(param).find(isId) ?? null;
  const subscription = named('subscription');
  return { subscription, plan: subscription ? null : named('plan') };
}

/** The invoices of one subscription; nothing where there are no subscriptions. */
function SubscriptionFilter() {
  const { t } = useTranslation('invoices');
  const format = useFormat();
  const [params, change] = useAddress();
  const { data } = useData(InvoiceSubscriptionsDocument, {});
  const all = data?.subscriptions.nodes ?? [];
  if (all.length === 0) return null;
  const { subscription, plan } = ofSubscription(params);
  const isOnly = (name: string) => all.filter((one) => one.planName === name).length === 1;
  const options = all.map(({ id, planName, createdOn }) => ({
    value: id,
    label: isOnly(planName) ? planName : t('plan.since', { plan: planName, date: format.date(createdOn) }),
  }));
  const former = plan && {
    value: plan,
    label: all.find(({ terms }) => terms.planId === plan)?.terms.planName ?? t('plan.former'),
  };
  return (
    <NativeSelect
      aria-label={t('plan.label')}
      value={subscription ?? plan ?? ''}
      onChange={({ currentTarget: { value } }) =>
        change((address) => {
          address.delete('plan');
          if (value) address.set('subscription', value);
          else address.delete('subscription');
        })
      }
      data={[{ value: '', label: t('plan.all') }, ...options, ...(former ? [former] : [])]}
    />
  );
}

function Rows(props: {
  rows: readonly InvoiceRowFragment[];
  empty: string;
  selection: ReturnType<typeof useSelection> | null;
}) {
  const { t } = useTranslation('invoices');
  const format = useFormat();
  const { selection } = props;
  const isAnyPayable = selection !== null && selection.selectable.length > 0;
  const leading = {
    header: t('select.column'),
    cell: (row: InvoiceRowFragment) =>
      payableOf(row) &&
      selection && (
        <Checkbox
          aria-label={t('select.one', { number: row.number })}
          checked={selection.has(row.id)}
          onChange={(event) => selection.set(row, event.currentTarget.checked)}
        />
      ),
  };
  return (
    <Table
      label={t('title')}
      rows={props.rows}
      rowKey={({ id }) => id}
      href={({ id }) => `/invoices/${id}`}
      empty={props.empty}
      {...(isAnyPayable ? { leading } : {})}
      columns={[
        { key: 'number', header: t('column.number'), cell: (row) => row.number },
        { key: 'dated', header: t('column.dated'), cell: (row) => format.date(row.dated) },
        { key: 'dueDate', header: t('column.dueDate'), cell: (row) => row.dueDate && format.date(row.dueDate) },
        { key: 'state', header: t('column.state'), cell: (row) => <InvoiceStateBadge of={row} /> },
        {
          key: 'total',
          header: t('column.total'),
          end: true,
          narrow: 'amount',
          cell: (row) => format.money(row.total),
        },
        {
          key: 'due',
          header: t('column.due'),
          end: true,
          cell: (row) => !isZero(row.due.amount) && format.money(row.due),
        },
      ]}
    />
  );
}
