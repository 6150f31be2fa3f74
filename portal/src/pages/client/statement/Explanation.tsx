import { Button, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client';
import { useData } from '../../../api/useData';
import { isZero, useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Table } from '../../../ui/Table';
import { What } from './Movements';
import {
  BalanceEventsDocument,
  BalanceExplanationDocument,
  type BalanceExplanationQuery,
  type MovementFragment,
} from './statement.generated';

/** Why the balance is what it is: every event that made it, who caused it, and the sum after each. */
export function Explanation(props: {
  customer: string | null;
  /** The statement's last day, where that is before today. */
  endsBefore: string | null;
  opened: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation(['statement', 'common']);
  const format = useFormat();
  const explanation = useData(BalanceExplanationDocument, { customer: props.customer }, { paused: !props.opened });
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={t(props.endsBefore ? 'statement:explain.today' : 'statement:explain.title')}
      size="xl"
      closeButtonProps={{ 'aria-label': t('common:action.close') }}
      // Else it would be a second banner of the page.
      attributes={{ header: { role: 'presentation' } }}
    >
      <Loaded of={explanation}>
        {({ explainBalance }) => (
          <Stack gap="xl">
            {props.endsBefore && (
              <Text size="sm" fw={550}>
                {t('statement:explain.notOf', { date: format.date(props.endsBefore) })}
              </Text>
            )}
            {(explainBalance?.balances.length ?? 0) === 0 && <Text size="sm">{t('statement:explain.empty')}</Text>}
            {explainBalance?.balances.map((one) => (
              <Balance key={one.balance.currency} of={one} customer={props.customer} />
            ))}
          </Stack>
        )}
      </Loaded>
    </Modal>
  );
}

type Explained = NonNullable<BalanceExplanationQuery['explainBalance']>['balances'][number];

function Balance({ of, customer }: { of: Explained; customer: string | null }) {
  const { t } = useTranslation('statement');
  const format = useFormat();
  const { events, more, isLoading, hasFailed } = useEvents(of, customer);
  const signed = (one: MovementFragment['amount']) => (isZero(one.amount) ? '–' : format.money(one));
  return (
    <Stack gap="sm">
      <Text size="sm">
        {t('explain.text', {
          outstanding: format.money(of.outstanding),
          credit: format.money(of.credit),
          balance: format.money(of.balance),
        })}
      </Text>
      <Table
        label={t('account', { currency: of.balance.currency })}
        rows={events}
        rowKey={(row) => row.id}
        empty=""
        columns={[
          { key: 'what', header: t('column.what'), cell: (row) => <What of={row} /> },
          { key: 'date', header: t('column.date'), cell: (row) => format.date(row.happenedOn) },
          { key: 'who', header: t('column.who'), cell: (row) => row.actor },
          { key: 'due', header: t('column.dueChange'), end: true, cell: (row) => signed(row.dueChange) },
          { key: 'change', header: t('column.change'), end: true, cell: (row) => signed(row.amount) },
          {
            key: 'balance',
            header: t('column.balance'),
            end: true,
            narrow: 'amount',
            cell: (row) => format.money(row.balance),
          },
        ]}
      />
      {hasFailed && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {t('more.failed')}
        </Text>
      )}
      {more && (
        <Button variant="default" onClick={more} loading={isLoading} style={{ alignSelf: 'flex-start' }}>
          {t('more.action')}
        </Button>
      )}
    </Stack>
  );
}

/** The events of one currency, page after page. When the first page changes it begins anew. */
function useEvents(of: Explained, customer: string | null) {
  const [further, setFurther] = useState<{ of: Explained; events: Explained['events'] } | null>(null);
  const [isLoading, setLoading] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const known = further?.of === of ? further.events : null;
  const { hasNextPage, endCursor } = known?.pageInfo ?? of.events.pageInfo;
  const load = async () => {
    setLoading(true);
    setFailed(false);
    const answer = await client
      .query(BalanceEventsDocument, { customer, after: endCursor }, { requestPolicy: 'network-only' })
      .toPromise();
    setLoading(false);
    const next = answer.data?.explainBalance?.balances.find(
      ({ balance }) => balance.currency === of.balance.currency,
    )?.events;
    if (!next) return setFailed(true);
    setFurther({ of, events: { ...next, nodes: [...(known?.nodes ?? []), ...next.nodes] } });
  };
  return {
    events: [...of.events.nodes, ...(known?.nodes ?? [])],
    more: hasNextPage ? () => void load() : null,
    isLoading,
    hasFailed,
  };
}
