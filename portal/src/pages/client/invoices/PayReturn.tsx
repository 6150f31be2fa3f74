import { Button, Group, Loader, Text } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { dealtWith, type Return, returned } from '../../../api/hostedPage';
import { type Refusal, useAction } from '../../../api/useAction';
import { ActionButton } from '../../../ui/ActionButton';
import { Empty } from '../../../ui/Empty';
import { Section } from '../../../ui/Facts';
import { Page } from '../../../ui/Page';
import { Problems } from '../../../ui/Problems';
import { PaymentOutcome } from './PaymentOutcome';
import { PayInvoicesDocument } from './pay.generated';
import { idsAt, keepSet, payAddress } from './payAddress';
import { forgetAmounts, idsOf, type PayIntention, turnedBack } from './payIntention';
import { invoicesNamed } from './usePayables';
import { forgetChosen } from './useSelection';

/**
 * Where the provider's page sends people back to. Pays once what was set out to be paid, and only that: an address that
 * belongs to no visit of this tab charges nothing. What came of it stays at `?payment=ID`, as the server knows it.
 */
export default function PayReturn() {
  const { t } = useTranslation('invoices');
  const [params] = useSearchParams();
  const [back] = useState(() => returned<PayIntention>());
  const payment = params.get('payment');
  if (payment) return <PaymentOutcome id={payment} again={againOf(params)} />;
  if (back) return <Paying back={back} />;
  return (
    <Page title={t('return.unknownTitle')}>
      <Empty text={t('return.unknown')}>
        <Group justify="center">
          <Button component={Link} to="/invoices">
            {t('pay.toInvoices')}
          </Button>
          <Button component={Link} to="/payments" variant="default">
            {t('return.toPayments')}
          </Button>
        </Group>
      </Empty>
    </Page>
  );
}

/** The address to pay the same invoices at, of what stands beside the payment's id; null where it names none. */
function againOf(params: URLSearchParams): string | null {
  const ids = invoicesNamed(idsAt(params));
  return ids.length > 0 ? payAddress(ids) : null;
}

/** Carries the payment out, and again under the same key where the connection was lost. */
function Paying({ back: { key, intention, token } }: { back: Return<PayIntention> }) {
  const { t } = useTranslation('invoices');
  const navigate = useNavigate();
  const action = useAction(PayInvoicesDocument, (result) => result.payInvoices);
  const [refusals, setRefusals] = useState<readonly Refusal[] | null>(null);
  const isCancelled = token === null && !intention.stored;
  const again = payAddress(idsOf(intention));
  const { run } = action;
  const pay = useCallback(async () => {
    const { invoices, remember, stored } = intention;
    const input = { invoices, paymentToken: stored ? null : token, remember };
    const outcome = await run({ input }, key);
    if (outcome?.kind !== 'done' && outcome?.kind !== 'refused') return;
    dealtWith(key);
    const { payment } = outcome.payload;
    if (!payment) return setRefusals(outcome.kind === 'refused' ? outcome.refusals : []);
    if (outcome.kind === 'done') {
      forgetAmounts(intention);
      forgetChosen(idsOf(intention));
    }
    keepSet(idsOf(intention));
    const address = again.replace('/pay?', `/pay/return?payment=${payment.id}&`);
    navigate(address, { replace: true });
  }, [again, intention, key, navigate, run, token]);
  useEffect(() => {
    if (!isCancelled) {
      void pay();
      return;
    }
    dealtWith(key);
    keepSet(idsOf(intention));
    navigate(again, { replace: true, state: turnedBack });
  }, [isCancelled, pay, key, navigate, again, intention]);
  if (refusals) {
    return (
      <Page title={t('return.refusedTitle')}>
        <Section title={t('return.nothingCharged')}>
          <Problems of={{ refusals, failure: null }} />
          <Group mt="md">
            <Button component={Link} to={again}>
              {t('return.look')}
            </Button>
            <Button component={Link} to="/invoices" variant="default">
              {t('pay.toInvoices')}
            </Button>
          </Group>
        </Section>
      </Page>
    );
  }
  return (
    <Page title={t('return.title')}>
      <Section title={t(action.failure ? 'return.unfinished' : 'return.paying')}>
        {!action.failure && (
          <Group role="status">
            <Loader size="sm" aria-hidden />
            <Text size="sm">{t('return.wait')}</Text>
          </Group>
        )}
        <Problems of={action} />
        {action.failure && (
          <Group mt="md">
            <ActionButton onClick={() => void pay()} busy={action.busy}>
              {t('return.retry')}
            </ActionButton>
            <Text size="sm" c="dimmed">
              {t('return.onceOnly')}
            </Text>
          </Group>
        )}
      </Section>
    </Page>
  );
}
