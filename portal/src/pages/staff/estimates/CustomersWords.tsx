import { Alert, Anchor, Stack, Text } from '@mantine/core';
import { MessageSquareQuote } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFormat } from '../../../ui/format';
import type { Estimate } from './EstimateDialogs';

/** An estimate with what came of its offers. */
type Answered = Pick<Estimate, 'state' | 'expired' | 'revisions' | 'depositInvoice' | 'invoice'> & {
  readonly customer: { readonly name: string } | null;
};

/** What has to be known before anything is done: why the customer declined, that an offer has run out, what followed. */
export function CustomersWords({ of }: { of: Answered }) {
  const { t } = useTranslation('staffEstimates');
  const format = useFormat();
  // While it is reworked, what the customer said of the last offer still decides.
  const answered = of.revisions.filter(({ offeredOn }) => offeredOn).at(-1);
  const isDeclined = answered?.answer === 'declined' && (of.state === 'DECLINED' || of.state === 'DRAFT');
  if (isDeclined) {
    return (
      <Alert
        variant="light"
        color="red"
        role="group"
        icon={<MessageSquareQuote size={18} aria-hidden />}
        title={t('words.declined', {
          customer: of.customer?.name ?? '',
          date: answered.answeredOn ? format.date(answered.answeredOn) : '',
        })}
        data-print="hide"
      >
        <Stack gap={6}>
          <Quote label={t('words.reason')} text={answered.reason} />
          <Quote label={t('words.wouldAccept')} text={answered.wouldAccept} />
        </Stack>
      </Alert>
    );
  }
  if (of.state === 'OFFERED' && of.expired && answered?.validUntil) {
    return (
      <Alert variant="light" color="yellow" role="group" title={t('words.expired')} data-print="hide">
        <Text size="sm">{t('words.expiredText', { date: format.date(answered.validUntil) })}</Text>
      </Alert>
    );
  }
  if (of.state === 'WITHDRAWN') {
    return (
      <Alert variant="light" color="gray" role="group" title={t('words.withdrawn')} data-print="hide">
        <Text size="sm">{answered?.reason}</Text>
      </Alert>
    );
  }
  if (of.state === 'ACCEPTED' || of.state === 'INVOICED') {
    const following = [
      of.depositInvoice && ([t('words.deposit'), of.depositInvoice] as const),
      of.invoice && ([t('words.invoice'), of.invoice] as const),
    ].filter((one) => !!one);
    return (
      <Alert
        variant="light"
        color="green"
        role="group"
        title={t('words.accepted', {
          name: answered?.answeredBy ?? '',
          date: answered?.answeredOn ? format.date(answered.answeredOn) : '',
        })}
        data-print="hide"
      >
        <Stack gap={4}>
          {following.map(([label, invoice]) => (
            <Text size="sm" key={invoice.id}>
              {label}{' '}
              <Anchor component={Link} to={`/invoices/${invoice.id}`} underline="always" size="sm">
                {invoice.number ?? t('draft')}
              </Anchor>
            </Text>
          ))}
          {of.state === 'ACCEPTED' && <Text size="sm">{t('words.toConvert')}</Text>}
        </Stack>
      </Alert>
    );
  }
  return null;
}

function Quote({ label, text }: { label: string; text: string | null }) {
  if (!text) return null;
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text style={{ whiteSpace: 'pre-line' }}>{text}</Text>
    </div>
  );
}
