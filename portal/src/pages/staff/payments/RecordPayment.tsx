import { Button, Group, NativeSelect, SimpleGrid, Stack, TextInput } from '@mantine/core';
import type { FormErrors } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { placeOf } from '../../../api/fieldErrors';
import type { OfflineMethod } from '../../../api/schema.generated';
import { type Refusal, useAction } from '../../../api/useAction';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { CustomerPicker } from '../../../ui/CustomerPicker';
import { Section } from '../../../ui/Facts';
import { toFirstFault } from '../../../ui/Form';
import { readAmount, useFormat } from '../../../ui/format';
import { Page } from '../../../ui/Page';
import { Problems } from '../../../ui/Problems';
import { useDraft } from '../../../ui/useDraft';
import { onlyButtonsSend } from '../longForm';
import { Restored } from '../Restored';
import { AmountInput } from '../settling/AmountInput';
import { isPositive, minus, typed } from '../settling/amounts';
import { daysAfter } from '../settling/dates';
import { useOpenInvoices } from '../settling/useOpenInvoices';
import { leftOf, Over } from './Over';
import { StaffInvoiceToPayDocument, StaffPayerDocument, StaffRecordPaymentDocument } from './payments.generated';

type Values = {
  customerId: string;
  amount: string;
  currency: string;
  method: OfflineMethod;
  reference: string;
  receivedOn: string;
  /** What is for which invoice, as it is typed. */
  given: Record<string, string>;
};

const methods = ['BANK_TRANSFER', 'CASH', 'CHEQUE', 'OTHER'] as const satisfies readonly OfflineMethod[];
const ownFields = ['customerId', 'amount', 'currency', 'method', 'reference', 'receivedOn'];

/** Records money that came in by another way than the provider's, and says which invoices it pays. */
export default function RecordPayment() {
  return useMe().mayAct ? <Form /> : <NotFound />;
}

function Form() {
  const { t } = useTranslation(['staffPayments', 'settling']);
  const format = useFormat();
  const navigate = useNavigate();
  const { organisation } = useMe();
  const [params] = useSearchParams();
  const invoiceId = params.get('invoice');
  const record = useAction(StaffRecordPaymentDocument, (result) => result.recordPayment);
  const asked = useRef('');
  const draft = useDraft<Values>(`payment ${params}`, {
    initialValues: {
      customerId: params.get('customer') ?? '',
      amount: '',
      currency: '',
      method: 'BANK_TRANSFER',
      reference: '',
      receivedOn: organisation?.today ?? '',
      given: {},
    },
    validate: (values): Record<string, string> => ({
      ...(values.customerId ? {} : { customerId: t('new.required') }),
      ...(isPositive(readAmount(values.amount) ?? '0') ? {} : { amount: t('settling:notAnAmount') }),
      ...Object.fromEntries(
        Object.entries(values.given)
          .filter(([, amount]) => amount.trim() && !isPositive(readAmount(amount) ?? '0'))
          .map(([id]) => [`given.${id}`, t('settling:notAnAmount')]),
      ),
    }),
  });
  const { form, forget, isRestored } = draft;
  const { values } = form;
  const payer = useData(StaffPayerDocument, { id: values.customerId }, { paused: !values.customerId }).data?.customer;
  const customer = payer?.id === values.customerId ? payer : null;
  const currency = values.currency || customer?.currency || '';
  const open = useOpenInvoices(customer?.id ?? null, currency || null);
  const toPay = useData(
    StaffInvoiceToPayDocument,
    { id: invoiceId ?? '' },
    { paused: !invoiceId || isRestored, live: false },
  ).data?.invoice;
  const wasFilled = useRef(false);
  useEffect(() => {
    if (!toPay || wasFilled.current) return;
    wasFilled.current = true;
    const amount = typed(minus(toPay.due.amount, toPay.reserved.amount), format.language);
    form.setValues({ amount, currency: toPay.due.currency, given: { [toPay.id]: amount } });
  }, [toPay, form.setValues, format.language]);
  const currencies = [
    ...new Set([
      currency,
      customer?.currency ?? '',
      ...(customer?.balances ?? []).map((one) => one.outstanding.currency),
    ]),
  ].filter(Boolean);
  // What was paid meanwhile is no longer there to be paid.
  const given = Object.fromEntries(
    Object.entries(values.given).filter(([id]) => open.invoices.some((one) => one.id === id)),
  );
  const sent = Object.entries(given).flatMap(([id, amount]) => {
    const read = readAmount(amount);
    return read !== null && isPositive(read) ? [{ invoiceId: id, amount: read }] : [];
  });
  const frame = useRef<HTMLFormElement>(null);
  const mark = (errors: FormErrors) => {
    form.setErrors(errors);
    toFirstFault(frame.current);
  };
  const submit = form.onSubmit(async (said) => {
    if (leftOf(said.amount, given).startsWith('-')) return form.setErrors({ given: t('new.tooMuchError') });
    // Who is asked once, and records it again, means it.
    if (isLongAgo(said.receivedOn, organisation?.today ?? '') && asked.current !== said.receivedOn) {
      asked.current = said.receivedOn;
      return mark({ receivedOn: t('new.longAgo', { date: format.date(said.receivedOn) }) });
    }
    const outcome = await record.run({
      input: {
        customerId: said.customerId,
        amount: readAmount(said.amount) ?? '',
        currency,
        method: said.method,
        reference: said.reference.trim() || null,
        receivedOn: said.receivedOn || null,
        allocations: sent,
      },
    });
    if (outcome?.kind === 'refused') {
      mark(
        Object.fromEntries(
          outcome.refusals.flatMap((one) => {
            const field = fieldOf(one, sent);
            return field ? [[field, one.message]] : [];
          }),
        ),
      );
    }
    if (outcome?.kind !== 'done') return;
    forget();
    notifications.show({ message: t('new.done', { number: outcome.payload.payment?.number ?? '' }) });
    for (const notice of outcome.payload.notices) {
      notifications.show({
        color: 'yellow',
        autoClose: false,
        message: t('new.notice', { amount: format.money(notice.amount) }),
      });
    }
    navigate(`/payments/${outcome.payload.payment?.id}`, { replace: true });
  }, mark);
  return (
    <Page title={t('record')} back={{ to: '/payments', label: t('title') }}>
      <form ref={frame} onSubmit={submit} onKeyDown={onlyButtonsSend} noValidate>
        <Stack gap="lg">
          <Restored of={draft} />
          <Section title={t('new.about')}>
            <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
              <CustomerPicker
                label={t('new.customer')}
                required
                value={values.customerId || null}
                onChange={(id) => form.setValues({ customerId: id ?? '', currency: '', given: {} })}
                error={form.errors.customerId}
              />
              <TextInput
                type="date"
                label={t('new.receivedOn')}
                max={organisation?.today}
                {...form.getInputProps('receivedOn')}
              />
              <AmountInput label={t('new.amount')} currency={currency} required {...form.getInputProps('amount')} />
              {currencies.length > 1 && (
                <NativeSelect
                  label={t('new.currency')}
                  data={currencies}
                  value={currency}
                  onChange={({ currentTarget: { value } }) => form.setValues({ currency: value, given: {} })}
                  error={form.errors.currency}
                />
              )}
              <NativeSelect
                label={t('new.method')}
                data={methods.map((method) => ({ value: method, label: t(`settling:method.${method}`) }))}
                {...form.getInputProps('method')}
              />
              <TextInput
                label={t('new.reference')}
                description={t('new.referenceText')}
                maxLength={200}
                {...form.getInputProps('reference')}
              />
            </SimpleGrid>
          </Section>
          <Over
            customer={customer?.name ?? null}
            currency={currency}
            open={open}
            amount={values.amount}
            given={given}
            onChange={(given) => {
              form.setFieldValue('given', given);
              form.clearErrors();
            }}
            errorOf={(id) => form.errors[`given.${id}`]}
            error={form.errors.given}
          />
          <Problems of={record} except={(place) => isShownAtField(place)} />
          <Group justify="flex-end">
            <Button type="submit" loading={record.busy}>
              {t('new.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Page>
  );
}

/** Whether a day lies more than a year back. */
const isLongAgo = (day: string, today: string) => day !== '' && daysAfter(day, 366) < today;

const isShownAtField = (place: string) => ownFields.includes(place) || /^allocations\.\d+/.test(place);

/** The form's field that a refusal is about: an invoice's, by its place among those that were sent. */
function fieldOf(refusal: Refusal, sent: readonly { invoiceId: string }[]): string | null {
  const place = placeOf(refusal);
  if (ownFields.includes(place)) return place;
  const at = /^allocations\.(\d+)/.exec(place)?.[1];
  const invoice = at === undefined ? undefined : sent[Number(at)]?.invoiceId;
  return invoice ? `given.${invoice}` : null;
}
