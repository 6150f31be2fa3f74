import { Button, Collapse, Group, NativeSelect, SimpleGrid, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { SlidersHorizontal } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { InvoiceFilterInput, InvoiceSort } from '../../../api/schema.generated';
import { useData } from '../../../api/useData';
import { FilterSelect } from '../../../ui/FilterSelect';
import { CustomerFilter, DateFilter, useParam } from '../../../ui/paramFilters';
import { SearchField, useSearched } from '../../../ui/SearchField';
import classes from './InvoiceFilters.module.css';
import { StaffInvoicePlansDocument } from './invoices.generated';

const states = {
  all: {},
  draft: { status: 'DRAFT' },
  discarded: { status: 'DISCARDED' },
  overdue: { overdue: true },
  disputed: { disputed: true },
  unpaid: { status: 'UNPAID' },
  partly: { status: 'PARTIALLY_PAID' },
  paid: { status: 'PAID' },
  voided: { status: 'VOIDED' },
  writtenOff: { status: 'WRITTEN_OFF' },
} as const satisfies Record<string, InvoiceFilterInput>;

const orders = {
  newest: { sort: 'DATED', descending: true },
  oldest: { sort: 'DATED', descending: false },
  dueFirst: { sort: 'DUE_DATE', descending: false },
  largest: { sort: 'TOTAL', descending: true },
  mostDue: { sort: 'DUE', descending: true },
  number: { sort: 'NUMBER', descending: false },
} as const satisfies Record<string, { sort: InvoiceSort; descending: boolean }>;

type Shown = keyof typeof states;
type Order = keyof typeof orders;
const isShown = (text: string): text is Shown => text in states;
const isOrder = (text: string): text is Order => text in orders;
const further = ['customer', 'plan', 'from', 'to'] as const;

/** Which invoices the page's address asks for, and in which order. */
export function useInvoiceFilters() {
  const [params] = useSearchParams();
  const text = useSearched();
  const show = params.get('show') ?? '';
  const order = params.get('sort') ?? '';
  const filter: InvoiceFilterInput = {
    ...states[isShown(show) ? show : 'all'],
    customerId: params.get('customer') || null,
    planId: params.get('plan') || null,
    from: params.get('from') || null,
    to: params.get('to') || null,
    text,
  };
  return {
    filter,
    order: orders[isOrder(order) ? order : 'newest'],
    isFiltered: text !== null || (isShown(show) && show !== 'all') || further.some((param) => params.get(param)),
  };
}

/** What can be asked for above the list of invoices; the rarer questions behind a button. */
export function InvoiceFilters() {
  const { t } = useTranslation('staffInvoices');
  const [params] = useSearchParams();
  const [opened, { toggle }] = useDisclosure(further.some((param) => params.get(param)));
  return (
    <Stack gap="sm" role="search">
      <div className={classes.bar}>
        <SearchField label={t('filter.search')} />
        <FilterSelect
          label={t('filter.label')}
          param="show"
          options={(Object.keys(states) as Shown[]).map((name) => [name, t(`filter.${name}`)])}
        />
        <FilterSelect
          label={t('sort.label')}
          param="sort"
          options={(Object.keys(orders) as Order[]).map((name) => [name, t(`sort.${name}`)])}
        />
        <Button
          variant="default"
          leftSection={<SlidersHorizontal size={16} aria-hidden />}
          onClick={toggle}
          aria-expanded={opened}
        >
          {opened ? t('filter.less') : t('filter.more')}
        </Button>
      </div>
      <Collapse expanded={opened}>{opened && <Further />}</Collapse>
    </Stack>
  );
}

function Further() {
  const { t } = useTranslation('staffInvoices');
  const plans = useData(StaffInvoicePlansDocument, {}, { live: false });
  const [plan, setPlan] = useParam('plan');
  const [, setParams] = useSearchParams();
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm" style={{ alignItems: 'end' }}>
        <CustomerFilter label={t('filter.customer')} placeholder={t('filter.anyCustomer')} />
        <NativeSelect
          aria-label={t('filter.plan')}
          value={plan ?? ''}
          onChange={({ currentTarget: { value } }) => setPlan(value)}
          data={[
            { value: '', label: t('filter.anyPlan') },
            ...[...(plans.data?.offered.nodes ?? []), ...(plans.data?.archived.nodes ?? [])].map(({ id, name }) => ({
              value: id,
              label: name,
            })),
          ]}
        />
        <DateFilter label={t('filter.from')} param="from" />
        <DateFilter label={t('filter.to')} param="to" />
      </SimpleGrid>
      <Group>
        <Button variant="subtle" size="compact-sm" onClick={() => setParams({})}>
          {t('filter.clear')}
        </Button>
      </Group>
    </Stack>
  );
}
