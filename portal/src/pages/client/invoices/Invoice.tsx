import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Flag, Forward, Printer } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { isZero, useFormat } from '../../../ui/format';
import { History } from '../../../ui/History';
import { Loaded } from '../../../ui/Loaded';
import { MoreMenu } from '../../../ui/MoreMenu';
import { onDemand } from '../../../ui/onDemand';
import { Page } from '../../../ui/Page';
import { Disputes } from './Disputes';
import { InvoiceSheet } from './InvoiceSheet';
import { InvoiceStateBadge } from './InvoiceStateBadge';
import { InvoiceDocument, type InvoiceQuery } from './invoices.generated';
import { Notices } from './Notices';
import { payableOf } from './payable';
import { Settlements } from './Settlements';
import { useMarkViewed } from './useMarkViewed';

const DisputeDialog = onDemand(() => import('./DisputeDialog').then((module) => module.DisputeDialog));
const UseCredit = onDemand(() => import('./UseCredit').then((module) => module.UseCredit));
const ForwardDialog = onDemand(() => import('./ForwardDialog').then((module) => module.ForwardDialog));

/** One invoice: as it was issued, how it stands, and all that the customer can do about it. */
export default function Invoice() {
  const { t } = useTranslation('invoices');
  const { id = '' } = useParams();
  const invoice = useData(InvoiceDocument, { id });
  if (invoice.data && !invoice.data.invoice) return <NotFound />;
  const found = invoice.data?.invoice;
  if (found) return <Shown invoice={found} />;
  return (
    <Page title={t('one')} back={{ to: '/invoices', label: t('title') }}>
      <Loaded of={invoice}>{() => null}</Loaded>
    </Page>
  );
}

export type ShownInvoice = NonNullable<InvoiceQuery['invoice']>;

const Shown = memo(({ invoice }: { invoice: ShownInvoice }) => {
  const { t } = useTranslation(['invoices', 'common']);
  const format = useFormat();
  const me = useMe();
  const [disputing, dispute] = useDisclosure(false);
  const [forwarding, forward] = useDisclosure(false);
  const [using, use] = useDisclosure(false);
  useMarkViewed(invoice);
  const may = me.mayAct ? me.portal : null;
  const payable = payableOf(invoice);
  const hasCredit = invoice.customer?.credit.some(({ amount }) => amount.currency === invoice.due.currency) ?? false;
  const mayUseCredit = may?.useCredit === true && payable && hasCredit;
  return (
    <Page
      title={invoice.number ?? t('invoices:one')}
      aside={<InvoiceStateBadge of={invoice} />}
      subtitle={
        !isZero(invoice.due.amount) && invoice.dueDate
          ? t(invoice.overdue ? 'invoices:dueSince' : 'invoices:dueBy', {
              amount: format.money(invoice.due),
              date: format.date(invoice.dueDate),
            })
          : invoice.paidOn && t('invoices:paidOn', { date: format.date(invoice.paidOn) })
      }
      back={{ to: '/invoices', label: t('invoices:title') }}
      actions={
        <>
          {may?.pay && payable && (
            <Button component={Link} to={`/pay?invoices=${invoice.id}`}>
              {t('invoices:pay.now')}
            </Button>
          )}
          {mayUseCredit && (
            <Button variant="default" onClick={use.open}>
              {t('invoices:credit.action')}
            </Button>
          )}
          <MoreMenu
            entries={[
              {
                label: t('common:action.print'),
                icon: <Printer size={16} aria-hidden />,
                onClick: () => window.print(),
              },
              may?.forward && {
                label: t('invoices:forward.action'),
                icon: <Forward size={16} aria-hidden />,
                onClick: forward.open,
              },
              may?.dispute &&
                invoice.status !== 'VOIDED' && {
                  label: t('invoices:dispute.action'),
                  icon: <Flag size={16} aria-hidden />,
                  onClick: dispute.open,
                },
            ].map((entry) => entry || null)}
          />
        </>
      }
    >
      <Notices invoice={invoice} />
      <InvoiceSheet invoice={invoice} />
      <Settlements invoice={invoice} />
      <Disputes invoice={invoice} />
      <History of={invoice.id} />
      {mayUseCredit && <UseCredit invoice={invoice} payable={payable} opened={using} onClose={use.close} />}
      {may?.dispute && <DisputeDialog invoice={invoice} opened={disputing} onClose={dispute.close} />}
      {may?.forward && <ForwardDialog invoice={invoice} opened={forwarding} onClose={forward.close} />}
    </Page>
  );
});
