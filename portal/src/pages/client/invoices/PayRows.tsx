import { ActionIcon, Anchor, Button, Stack, Text, TextInput } from '@mantine/core';
import { X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { isZero, useFormat } from '../../../ui/format';
import { InvoiceStateBadge } from './InvoiceStateBadge';
import classes from './PayForm.module.css';
import { keepSet, payAddress } from './payAddress';
import { payableOf } from './payable';
import type { Payable } from './usePayables';

/** As many are shown at once; of more only the first, until all are asked for. */
const fewEnough = 30;
const shownFirst = 20;

/** Every invoice that is paid, with what is due and, where the merchant takes parts, how much of it to pay. */
export function PayRows(props: {
  invoices: readonly Payable[];
  /** Null where an amount is wrong. */
  total: string | null;
  amounts: Record<string, string>;
  errors: Record<string, ReactNode>;
  /** Takes what is typed for an invoice; null where invoices are paid in whole. */
  onChange: ((id: string, typed: string) => void) | null;
  /** The field of an invoice is left. */
  onLeave: (id: string) => void;
}) {
  const { t } = useTranslation('invoices');
  const format = useFormat();
  const { invoices, onChange } = props;
  const navigate = useNavigate();
  const takeOff = (which: string) => {
    const rest = invoices.filter(({ id }) => id !== which).map(({ id }) => id);
    keepSet(rest);
    void navigate(payAddress(rest));
  };
  const [isWhole, showWhole] = useState(false);
  // Hundreds of fields would make typing slow. A wrong amount is never hidden: it was typed where it was shown.
  const shown = isWhole || invoices.length <= fewEnough ? invoices : invoices.slice(0, shownFirst);
  return (
    <>
      <ul className={classes.rows}>
        {shown.map((invoice) => {
          const due = payableOf(invoice) ?? invoice.due;
          return (
            <li key={invoice.id} className={classes.row}>
              <Stack gap={4} align="flex-start">
                <Anchor component={Link} to={`/invoices/${invoice.id}`} fw={550}>
                  {invoice.number}
                </Anchor>
                <InvoiceStateBadge of={invoice} />
                <Text size="sm" c="dimmed">
                  {invoice.dueDate &&
                    t(invoice.overdue ? 'dueSince' : 'dueBy', {
                      amount: format.money(invoice.due),
                      date: format.date(invoice.dueDate),
                    })}
                </Text>
                {!isZero(invoice.reserved.amount) && (
                  <Text size="sm" c="dimmed">
                    {t('reserved.part', { amount: format.money(invoice.reserved), rest: format.money(due) })}
                  </Text>
                )}
              </Stack>
              {onChange ? (
                <TextInput
                  label={t('pay.amount')}
                  aria-label={t('pay.amountOf', { number: invoice.number })}
                  inputMode="decimal"
                  autoComplete="off"
                  value={props.amounts[invoice.id] ?? plain(due.amount, format.language)}
                  error={props.errors[`amounts.${invoice.id}`]}
                  onChange={(event) => onChange(invoice.id, event.currentTarget.value)}
                  onBlur={() => props.onLeave(invoice.id)}
                  rightSection={<Text size="xs">{due.currency}</Text>}
                  rightSectionWidth={48}
                  rightSectionPointerEvents="none"
                />
              ) : (
                <span className={classes.amount}>{format.money(due)}</span>
              )}
              {invoices.length > 1 && (
                <ActionIcon
                  onClick={() => takeOff(invoice.id)}
                  variant="subtle"
                  color="gray"
                  size={36}
                  aria-label={t('pay.takeOff', { number: invoice.number })}
                >
                  <X size={16} aria-hidden />
                </ActionIcon>
              )}
            </li>
          );
        })}
      </ul>
      {shown.length < invoices.length && (
        <Button variant="default" size="xs" mt="sm" onClick={() => showWhole(true)}>
          {t('pay.showAll', { count: invoices.length })}
        </Button>
      )}
      <div className={classes.total} aria-live="polite">
        <span>{t('pay.total')}</span>
        <span>{props.total ?? '–'}</span>
      </div>
    </>
  );
}

/** An amount as it is typed: with the language's decimal separator and no others. */
function plain(amount: string, language: string): string {
  const separator = new Intl.NumberFormat(language).formatToParts(1.5).find(({ type }) => type === 'decimal');
  return amount.replace('.', separator?.value ?? '.');
}
