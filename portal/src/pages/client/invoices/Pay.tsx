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
import { payableOf } from './payable';
import { hasTurnedBack } from './payIntention';
import { invoicesNamed, type Payable, usePayables } from './usePayables';

/** What is to be paid, how much of each, and with what: `/pay?invoices=ID,ID`. */
export default function Pay() {
  const { t } = useTranslation('invoices');
  const me = useMe();
  const [params] = useSearchParams();
  const { state } = useLocation();
  const ids = invoicesNamed(params.get('invoices'));
  const payables = usePayables(ids);
  const isAllowed = me.mayAct && me.portal?.pay === true;
  return (
    <Page title={t('pay.title')} back={{ to: '/invoices', label: t('title') }}>
      {hasTurnedBack(state) && (
        <Notice tone="neutral" icon={Info} role="status" title={t('pay.cancelled')}>
          {t('return.cancelled')}
        </Notice>
      )}
      {!isAllowed && <Nothing text={t('pay.notOffered')} />}
      {isAllowed && ids.length === 0 && <Nothing text={t('pay.nothing')} />}
      {isAllowed && ids.length > 0 && (
        <Loaded of={payables}>
          {(data) => <Chosen invoices={Object.values(data).filter((one) => one !== null)} asked={ids.length} />}
        </Loaded>
      )}
    </Page>
  );
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

function Chosen({ invoices, asked }: { invoices: readonly Payable[]; asked: number }) {
  const { t } = useTranslation('invoices');
  const payable = invoices.filter((one) => payableOf(one));
  const others = invoices.filter((one) => !payableOf(one));
  const currencies = [...new Set(payable.map((one) => one.due.currency))];
  const currency = currencies[0];
  return (
    <>
      {(others.length > 0 || invoices.length < asked) && (
        <Notice tone="neutral" icon={Info} title={t('pay.leftOut')}>
          <List size="sm">
            {others.map((one) => (
              <List.Item key={one.id}>{t(whyNot(one), { number: one.number })}</List.Item>
            ))}
            {invoices.length < asked && <List.Item>{t('pay.unknown')}</List.Item>}
          </List>
        </Notice>
      )}
      {!currency && <Nothing text={t('pay.nothingDue')} />}
      {currencies.length > 1 && (
        <Empty text={t('pay.mixed')}>
          {currencies.map((one) => (
            <Button
              key={one}
              component={Link}
              to={`/pay?invoices=${payable
                .filter(({ due }) => due.currency === one)
                .map(({ id }) => id)
                .join(',')}`}
            >
              {t('pay.inCurrency', { currency: one })}
            </Button>
          ))}
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
