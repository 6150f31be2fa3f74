import { Alert, Button, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import sheet from '../../../ui/DocumentSheet.module.css';
import { useFormat } from '../../../ui/format';
import { Sheet } from '../../../ui/Sheet';
import { Movements } from './Movements';
import type { ShownStatement } from './Statement';
import classes from './Statement.module.css';
import type { useMovements } from './useMovements';

type AllMovements = ReturnType<typeof useMovements>;

/** The statement as it is printed: letterhead, customer, period, and each currency's account. */
export function StatementSheet({ statement, movements }: { statement: ShownStatement; movements: AllMovements }) {
  const { t } = useTranslation('statement');
  const format = useFormat();
  const { customer } = statement;
  return (
    <Sheet
      title={t('sheet.title')}
      to={{ ...customer, address: customer.billingAddress }}
      facts={[
        [t('period.from'), format.date(statement.from)],
        [t('period.to'), format.date(statement.to)],
      ]}
    >
      {movements.accounts.length === 0 && <Text size="sm">{t('empty')}</Text>}
      {movements.accounts.map((one) => (
        <Account
          key={one.account.currency}
          of={one}
          isOnly={movements.accounts.length === 1}
          period={statement}
          onMore={() => movements.loadMore(one.account.currency)}
        />
      ))}
      {movements.failed && (
        <Alert color="red" variant="light" role="alert">
          {t('more.failed')}
        </Alert>
      )}
    </Sheet>
  );
}

function Account(props: {
  of: AllMovements['accounts'][number];
  isOnly: boolean;
  period: { readonly from: string; readonly to: string };
  onMore: () => void;
}) {
  const { t } = useTranslation('statement');
  const format = useFormat();
  const { account, nodes, hasMore } = props.of;
  return (
    <section className={classes.account} aria-label={t('account', { currency: account.currency })}>
      {!props.isOnly && (
        <Title order={2} size="h3">
          {t('account', { currency: account.currency })}
        </Title>
      )}
      <Movements account={account} movements={nodes} isWhole={!hasMore} from={props.period.from} to={props.period.to} />
      {hasMore && (
        <div>
          <Text size="sm" c="dimmed" mb="xs">
            {t('more.text', { count: nodes.length })}
          </Text>
          <Button variant="default" onClick={props.onMore} className={classes.more}>
            {t('more.action')}
          </Button>
        </div>
      )}
      <dl className={sheet.totals}>
        {(
          [
            ['opening', account.opening],
            ['charged', account.charged],
            ['credited', account.credited],
            ['closing', account.closing],
          ] as const
        ).map(([name, money]) => (
          <div key={name} data-strong={name === 'closing' || undefined}>
            <dt>{t(`sheet.${name}`)}</dt>
            <dd>{format.money(money)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
