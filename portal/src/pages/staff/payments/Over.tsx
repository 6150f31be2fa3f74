import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Facts, Section } from '../../../ui/Facts';
import { isNegative, isZero, readAmount, sum, useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Table } from '../../../ui/Table';
import { AmountInput } from '../settling/AmountInput';
import { isPositive, minus, spread, typed } from '../settling/amounts';
import type { OpenInvoice, OpenInvoices } from '../settling/useOpenInvoices';
import classes from './Over.module.css';

const read = (amount: string) => readAmount(amount) ?? '0';

/** What is given to invoices in all. */
const givenIn = (given: Record<string, string>) => sum(['0.00', ...Object.values(given).map(read)]);

/** What is left of an amount beside what is given to invoices; less than nothing where too much is given. */
export const leftOf = (amount: string, given: Record<string, string>) => minus(read(amount), givenIn(given));

/** Spreads a payment over the open invoices of its customer; the rest is credit. */
export function Over(props: {
  /** The customer's name; null while none is chosen. */
  customer: string | null;
  currency: string;
  open: OpenInvoices;
  amount: string;
  given: Record<string, string>;
  onChange: (given: Record<string, string>) => void;
  errorOf: (invoiceId: string) => ReactNode;
  error: ReactNode;
}) {
  const { t } = useTranslation('staffPayments');
  const { customer, currency, open } = props;
  return (
    <Section title={t('new.allocations')}>
      {customer === null ? (
        <Text size="sm" c="dimmed">
          {t('new.chooseFirst')}
        </Text>
      ) : (
        <Loaded of={open.of}>
          {() =>
            open.invoices.length === 0 ? (
              <Text size="sm" c="dimmed">
                {t('new.noInvoices', { customer, currency })}
              </Text>
            ) : (
              <Rows {...props} />
            )
          }
        </Loaded>
      )}
    </Section>
  );
}

function Rows({ open, amount, given, onChange, errorOf, error, currency }: Parameters<typeof Over>[0]) {
  const { t } = useTranslation('staffPayments');
  const format = useFormat();
  const money = (of: string) => format.money({ amount: of, currency });
  const left = leftOf(amount, given);
  const fill = () => {
    const parts = spread(
      read(amount),
      open.invoices.map(({ id, payable }) => ({ id, due: payable })),
    );
    onChange(Object.fromEntries(Object.entries(parts).map(([id, part]) => [id, typed(part, format.language)])));
  };
  const give = (id: string, part: string) => onChange({ ...given, [id]: part });
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="sm">
        <Text size="sm" c="dimmed">
          {t('new.allocationsText')}
        </Text>
        <Group gap="xs">
          <Button variant="default" onClick={fill} disabled={!isPositive(read(amount))}>
            {t('new.oldestFirst')}
          </Button>
          <Button variant="default" onClick={() => onChange({})} disabled={isZero(givenIn(given))}>
            {t('new.clear')}
          </Button>
        </Group>
      </Group>
      <Table
        label={t('new.allocations')}
        rows={open.invoices}
        rowKey={({ id }) => id}
        empty=""
        columns={[
          { key: 'invoice', header: t('column.invoice'), nowrap: true, cell: (row) => row.number },
          {
            key: 'dueDate',
            header: t('column.dueDate'),
            nowrap: true,
            cell: (row) => row.dueDate && format.date(row.dueDate),
          },
          {
            key: 'due',
            header: t('column.due'),
            end: true,
            narrow: 'amount',
            cell: (row) => (
              <>
                {format.money(row.due)}
                {!isZero(row.reserved.amount) && (
                  <Text size="xs" c="dimmed">
                    {t('new.reserved', { amount: format.money(row.reserved) })}
                  </Text>
                )}
              </>
            ),
          },
          {
            key: 'given',
            header: t('new.given'),
            end: true,
            cell: (row) => (
              <Part
                row={row}
                value={given[row.id] ?? ''}
                onChange={(part) => give(row.id, part)}
                error={errorOf(row.id)}
              />
            ),
          },
        ]}
      />
      {open.more && (
        <Text size="sm" c="dimmed">
          {t('new.more')}
        </Text>
      )}
      <div aria-live="polite">
        <Facts
          of={[
            [t('new.given'), money(givenIn(given))],
            isNegative(left)
              ? [t('new.over'), t('new.tooMuch', { amount: money(left.slice(1)) })]
              : [t('new.left'), money(left)],
          ]}
        />
      </div>
      {error && (
        <Alert color="red" variant="light" role="alert">
          {error}
        </Alert>
      )}
    </Stack>
  );
}

function Part(props: { row: OpenInvoice; value: string; onChange: (part: string) => void; error: ReactNode }) {
  const { t } = useTranslation('staffPayments');
  const format = useFormat();
  const { number, payable, due } = props.row;
  return (
    <div className={classes.part}>
      <AmountInput
        aria-label={t('new.partOf', { number })}
        currency={due.currency}
        w={150}
        value={props.value}
        onChange={(event) => props.onChange(event.currentTarget.value)}
        error={props.error}
      />
      <Button
        variant="subtle"
        px="xs"
        onClick={() => props.onChange(typed(payable, format.language))}
        aria-label={`${t('new.full')}: ${t('new.fullOf', { number })}`}
      >
        {t('new.full')}
      </Button>
    </div>
  );
}
