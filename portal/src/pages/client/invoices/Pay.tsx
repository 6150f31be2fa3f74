import { Button, List } from '@mantine/core';
import { Info } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useSearchParams } from 'react-router';
import { useMe } from '../../../app/viewer';
import { Empty } from '../../../ui/Empty';
import { Loaded } from '../../../ui/Loaded';
import { Notice } from '../../../ui/Notice';
import { Page } from '../../../ui/Page';
import { PayForm } from './PayForm';
import { idsAt, keepSet, payAddress } from './payAddress';
import { payableOf } from './payable';
import { hasTurnedBack } from './payIntention';
import { type Asked, invoicesNamed, mostAtOnce, type Payable, usePayables } from './usePayables';

/**
 * What is to be paid, how much of each, and with what: `/pay?invoices=ID,ID`, or everything that is due by `/pay?due=all`
 * or `/pay?due=EUR`.
 */
export default function Pay() {
  const { t } = useTranslation('invoices');
  const me = useMe();
  const [params] = useSearchParams();
  const { state } = useLocation();
  const asked = askedBy(params);
  const payables = usePayables(asked);
  const isAllowed = me.mayAct && me.portal?.pay === true;
  const named = 'ids' in asked ? asked.ids.length : null;
  return (
    <Page title={t('pay.title')} back={{ to: '/invoices', label: t('title') }}>
      {hasTurnedBack(state) && (
        <Notice tone="neutral" icon={Info} role="status" title={t('pay.cancelled')}>
          {t('return.cancelled')}
        </Notice>
      )}
      {!isAllowed && <Nothing text={t('pay.notOffered')} />}
      {isAllowed && named === 0 && <Nothing text={t('pay.nothing')} />}
      {isAllowed && named !== null && named > mostAtOnce && <Nothing text={t('pay.tooMany', { most: mostAtOnce })} />}
      {isAllowed && (named === null || (named > 0 && named <= mostAtOnce)) && (
        <Loaded of={payables}>
          {({ payables: { invoices, hasMore } }) => <Chosen invoices={invoices} asked={named} hasMore={hasMore} />}
        </Loaded>
      )}
    </Page>
  );
}

function askedBy(params: URLSearchParams): Asked {
  const due = params.get('due');
  if (due === null) return { ids: invoicesNamed(idsAt(params)) };
  return { everything: true, currency: /^[A-Z]{3}$/.test(due) ? due : null };
}

function Nothing({ text }: { text: string }) {
  const { t } = useTranslation('invoices');
  return (
    <Empty text={text}>
      <Button component={Link} to="/invoices" variant="default">
        {t('pay.toInvoices')}
      </Button>
    </Empty>
  );
}

function Chosen(props: { invoices: readonly Payable[]; asked: number | null; hasMore: boolean }) {
  const { t } = useTranslation('invoices');
  const { invoices, asked } = props;
  const payable = invoices.filter((one) => payableOf(one));
  // Who pays everything that is due chose no single invoice: what waits for another payment needs no words.
  const others = asked === null ? [] : invoices.filter((one) => !payableOf(one));
  const unknown = asked !== null && invoices.length < asked;
  const currencies = [...new Set(payable.map((one) => one.due.currency))];
  const currency = currencies[0];
  return (
    <>
      {(others.length > 0 || unknown) && (
        <Notice tone="neutral" icon={Info} title={t('pay.leftOut')}>
          <List size="sm">
            {others.map((one) => (
              <List.Item key={one.id}>{t(whyNot(one), { number: one.number })}</List.Item>
            ))}
            {unknown && <List.Item>{t('pay.unknown')}</List.Item>}
          </List>
        </Notice>
      )}
      {props.hasMore && (
        <Notice tone="neutral" icon={Info} title={t('pay.leftOut')}>
          {t('pay.hasMore', { count: invoices.length })}
        </Notice>
      )}
      {!currency && <Nothing text={t('pay.nothingDue')} />}
      {currencies.length > 1 && (
        <Empty text={t('pay.mixed')}>
          {currencies.map((one) => {
            const ids = payable.filter(({ due }) => due.currency === one).map(({ id }) => id);
            const to = asked === null ? `/pay?due=${one}` : payAddress(ids);
            return (
              <Button key={one} component={Link} to={to} onClick={() => keepSet(ids)}>
                {t('pay.inCurrency', { currency: one })}
              </Button>
            );
          })}
        </Empty>
      )}
      {currency && currencies.length === 1 && <PayForm invoices={payable} currency={currency} />}
    </>
  );
}

function whyNot({ status }: Payable): 'pay.isPaid' | 'pay.isClosed' | 'pay.isReserved' {
  if (status === 'PAID') return 'pay.isPaid';
  return status === 'UNPAID' || status === 'PARTIALLY_PAID' ? 'pay.isReserved' : 'pay.isClosed';
}
