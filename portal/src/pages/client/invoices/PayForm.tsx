import { Button, Checkbox, Group, Radio, Stack, Text } from '@mantine/core';
import { ExternalLink, Lock } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { goToHostedPage, setOut } from '../../../api/hostedPage';
import { useData } from '../../../api/useData';
import { useMe } from '../../../app/viewer';
import { Section } from '../../../ui/Facts';
import { Form, toFirstFault } from '../../../ui/Form';
import { decimals, readAmount, sum, useFormat } from '../../../ui/format';
import { useDraft } from '../../../ui/useDraft';
import { PayRows } from './PayRows';
import { PayOptionsDocument } from './pay-options.generated';
import { faultIn, payableOf } from './payable';
import { draftOf, type PayIntention } from './payIntention';
import type { Payable } from './usePayables';

/** How much of each invoice is paid, and with what; leads to the provider's page, or charges what is stored. */
export function PayForm({ invoices, currency }: { invoices: readonly Payable[]; currency: string }) {
  const { t } = useTranslation('invoices');
  const format = useFormat();
  const me = useMe();
  const navigate = useNavigate();
  const options = useData(PayOptionsDocument, { customer: me.customerId ?? '' });
  const merchant = options.data?.organisation?.details.name ?? me.organisation?.details.name ?? '';
  const stored = options.data?.customer?.paymentMethod ?? null;
  const [leaving, setLeaving] = useLeaving();
  const partPay = me.portal?.partPay === true;
  const { form } = useDraft(draftOf(invoices.map(({ id }) => id)), {
    // Of the amounts only those that were changed: the others follow what is due.
    initialValues: { amounts: {} as Record<string, string>, method: 'stored', remember: false },
    validate: (values) =>
      Object.fromEntries(
        invoices.map((invoice) => [`amounts.${invoice.id}`, faultOf(values.amounts[invoice.id], invoice)]),
      ),
  });
  const faultOf = (typed: string | undefined, invoice: Payable): string | null => {
    const most = payableOf(invoice);
    const fault = partPay && typed !== undefined && most ? faultIn(typed, most) : null;
    if (!fault || !most) return null;
    return t(`pay.${fault}`, { amount: format.money(most), count: decimals(most.amount) });
  };
  const amountOf = (invoice: Payable): string => {
    const typed = partPay ? form.values.amounts[invoice.id] : undefined;
    return (typed === undefined ? payableOf(invoice)?.amount : readAmount(typed)) ?? '0';
  };
  // No sum of amounts that cannot be paid.
  const isPayable = invoices.every((invoice) => faultOf(form.values.amounts[invoice.id], invoice) === null);
  const total = isPayable ? { amount: sum(invoices.map(amountOf)), currency } : null;
  const withStored = stored !== null && form.values.method === 'stored';
  const mayRemember = stored === null || me.portal?.updatePaymentMethod === true;
  const pay = form.onSubmit((values) => {
    const page = options.data?.organisation?.paymentPage;
    if (leaving || !total || (!withStored && !page)) return;
    setLeaving(true);
    const intention: PayIntention = {
      invoices: invoices.map((invoice) => ({ invoiceId: invoice.id, amount: amountOf(invoice) })),
      stored: withStored,
      remember: !withStored && mayRemember && values.remember,
    };
    if (withStored) {
      navigate(`/pay/return#state=${setOut(intention)}`);
    } else if (page) {
      goToHostedPage({ merchant, returnTo: '/pay/return', intention, amount: total, page });
    }
  });
  return (
    // Enter in a field only looks whether it can be paid: money moves by the button alone.
    <Form onSubmit={() => form.validate()}>
      <Stack gap="lg">
        <Section title={t('pay.what')}>
          <PayRows
            invoices={invoices}
            total={total && format.money(total)}
            amounts={form.values.amounts}
            errors={form.errors}
            onChange={partPay ? (id, typed) => form.setFieldValue(`amounts.${id}`, typed) : null}
            onLeave={(id) => form.validateField(`amounts.${id}`)}
          />
        </Section>
        <Section title={t('pay.how')}>
          <Stack gap="md">
            {stored !== null && (
              <Radio.Group aria-label={t('pay.how')} {...form.getInputProps('method')}>
                <Stack gap="sm">
                  <Radio value="stored" label={stored} description={t('pay.storedHelp')} />
                  <Radio value="page" label={t('pay.another')} />
                </Stack>
              </Radio.Group>
            )}
            {!withStored && (
              <>
                <Text size="sm">
                  <Lock size={14} aria-hidden /> {t('pay.provider', { merchant })}
                </Text>
                {mayRemember && (
                  <Checkbox
                    label={t('pay.remember')}
                    description={t(stored === null ? 'pay.rememberHelp' : 'pay.rememberInstead', { method: stored })}
                    {...form.getInputProps('remember', { type: 'checkbox' })}
                  />
                )}
              </>
            )}
            <Group>
              <Button
                size="md"
                loading={leaving}
                disabled={!options.data}
                onClick={({ currentTarget }) => {
                  pay();
                  toFirstFault(currentTarget.form);
                }}
                rightSection={!withStored && <ExternalLink size={16} aria-hidden />}
              >
                {!withStored && t('pay.continue')}
                {withStored && (total ? t('pay.payAmount', { amount: format.money(total) }) : t('pay.action'))}
              </Button>
            </Group>
            {withStored && (
              <Text size="sm" c="dimmed">
                {t('pay.chargedAtOnce', { method: stored })}
              </Text>
            )}
          </Stack>
        </Section>
      </Stack>
    </Form>
  );
}

/** Whether the person is on the way out; who comes back by the browser's Back can set out again. */
function useLeaving() {
  const [leaving, setLeaving] = useState(false);
  useEffect(() => {
    const back = () => setLeaving(false);
    window.addEventListener('pageshow', back);
    return () => window.removeEventListener('pageshow', back);
  }, []);
  return [leaving, setLeaving] as const;
}
