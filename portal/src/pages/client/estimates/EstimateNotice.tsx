import { Alert, Anchor, Stack, Text } from '@mantine/core';
import { CalendarX2, CircleCheck, CircleX, PencilLine, Undo2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMe } from '../../../app/viewer';
import { useFormat } from '../../../ui/format';
import classes from './Estimate.module.css';
import type { EstimateQuery, FollowingInvoiceFragment } from './estimates.generated';

type Estimate = NonNullable<EstimateQuery['estimate']>;

/** What has become of an estimate that does not wait for an answer, and what comes next; nothing where it waits. */
export function EstimateNotice({ of }: { of: Estimate }) {
  const { t } = useTranslation('estimates');
  const format = useFormat();
  const merchant = useMe().organisation?.details.name ?? '';
  const last = of.revisions.at(-1);
  if (!last) return null;
  const on = last.answeredOn && format.date(last.answeredOn);
  switch (of.state) {
    case 'OFFERED':
      if (!of.expired || !last.validUntil) return null;
      return (
        <Notice color="yellow" icon={<CalendarX2 size={18} aria-hidden />} title={t('notice.expired.title')}>
          {t('notice.expired.text', { merchant, date: format.date(last.validUntil) })}
        </Notice>
      );
    case 'DECLINED':
      return (
        <Notice color="gray" icon={<CircleX size={18} aria-hidden />} title={t('notice.declined.title', { date: on })}>
          <Said of={last} />
          {t('notice.declined.text', { merchant })}
        </Notice>
      );
    case 'DRAFT':
      return (
        <Notice color="gray" icon={<PencilLine size={18} aria-hidden />} title={t('notice.reworked.title')}>
          {last.answer === 'declined' && <Said of={last} />}
          {t('notice.reworked.text', { merchant })}
        </Notice>
      );
    case 'WITHDRAWN':
      return (
        <Notice color="gray" icon={<Undo2 size={18} aria-hidden />} title={t('notice.withdrawn.title', { date: on })}>
          {last.reason && <Quote>{last.reason}</Quote>}
          {t('notice.withdrawn.text', { merchant })}
        </Notice>
      );
    case 'ACCEPTED':
    case 'INVOICED':
      return (
        <Notice
          color="green"
          icon={<CircleCheck size={18} aria-hidden />}
          title={t('notice.accepted.title', { name: last.answeredBy, date: on })}
        >
          {of.depositInvoice && <InvoiceLink label="deposit" of={of.depositInvoice} />}
          {of.invoice && <InvoiceLink label="invoice" of={of.invoice} />}
          {!of.invoice && t(of.depositInvoice ? 'notice.accepted.later' : 'notice.accepted.text', { merchant })}
        </Notice>
      );
  }
}

function Notice(props: { color: string; icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <Alert variant="light" color={props.color} icon={props.icon} title={props.title} role="group">
      <Stack gap="xs">{props.children}</Stack>
    </Alert>
  );
}

/** The customer's own words with a refusal. */
function Said({ of }: { of: Estimate['revisions'][number] }) {
  const { t } = useTranslation('estimates');
  return (
    <>
      {of.reason && <Quote>{of.reason}</Quote>}
      {of.wouldAccept && (
        <Quote>
          <strong>{t('conversation.wouldAccept')}</strong> {of.wouldAccept}
        </Quote>
      )}
    </>
  );
}

function Quote({ children }: { children: ReactNode }) {
  return (
    <Text size="sm" component="blockquote" className={classes.quote}>
      {children}
    </Text>
  );
}

function InvoiceLink({ label, of }: { label: 'deposit' | 'invoice'; of: FollowingInvoiceFragment }) {
  const { t } = useTranslation('estimates');
  return (
    <Text size="sm">
      {of.number ? (
        <Anchor component={Link} to={`/invoices/${of.id}`} underline="always">
          {t(`notice.accepted.${label}`, { number: of.number })}
        </Anchor>
      ) : (
        t(`notice.accepted.${label}Draft`)
      )}
    </Text>
  );
}
