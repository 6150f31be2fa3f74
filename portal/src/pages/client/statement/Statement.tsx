import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { CircleHelp, Printer } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { Empty } from '../../../ui/Empty';
import { Loaded } from '../../../ui/Loaded';
import { onDemand } from '../../../ui/onDemand';
import { Page } from '../../../ui/Page';
import { PeriodFields } from './PeriodFields';
import { StatementSheet } from './StatementSheet';
import { StatementDocument, type StatementQuery } from './statement.generated';
import { useMovements } from './useMovements';
import { usePeriod } from './usePeriod';

const Explanation = onDemand(() => import('./Explanation').then((module) => module.Explanation));

export type ShownStatement = NonNullable<StatementQuery['statement']>;

/**
 * A customer's account over any days: the customer's own at `/statement`, and for the merchant's people any customer's at
 * `/customers/:id/statement`. It prints as a document.
 */
export default function Statement() {
  const { t } = useTranslation('statement');
  const { id } = useParams();
  const customer = id ?? null;
  const chosen = usePeriod();
  const { period, isBackwards } = chosen;
  const asked = { customer, ...period };
  const statement = useData(StatementDocument, asked, { paused: isBackwards });
  const movements = useMovements(statement.data?.statement ?? null, asked);
  const [explaining, explain] = useDisclosure(false);
  const print = usePrint(movements);
  // What can be explained is the balance of today.
  const me = useMe();
  const endsBefore = period.to < (me.organisation?.today ?? '') ? period.to : null;
  const mayPay = me.customerId !== null && me.mayAct && me.portal?.pay === true;
  if (statement.data && !statement.data.statement) return <NotFound />;
  const whose = statement.data?.statement?.customer.name;
  return (
    <Page
      title={t('title')}
      subtitle={id && whose}
      {...(id ? { back: { to: `/customers/${id}`, label: whose ?? t('customer') } } : {})}
      actions={
        <>
          <Button
            variant="default"
            leftSection={<CircleHelp size={16} aria-hidden />}
            onClick={explain.open}
            aria-haspopup="dialog"
          >
            {t(endsBefore ? 'explain.today' : 'explain.action')}
          </Button>
          {mayPay && (
            <Button component={Link} to="/pay?due=all">
              {t('payAll')}
            </Button>
          )}
          <Button
            variant={mayPay ? 'default' : 'filled'}
            leftSection={<Printer size={16} aria-hidden />}
            onClick={print.start}
            loading={print.isWaiting}
            disabled={!statement.data || isBackwards}
          >
            {t('print')}
          </Button>
        </>
      }
    >
      <PeriodFields chosen={chosen} />
      {isBackwards && <Empty text={t('period.chooseDays')} />}
      {!isBackwards && (
        <Loaded of={statement}>
          {(data) => data.statement && <StatementSheet statement={data.statement} movements={movements} />}
        </Loaded>
      )}
      <Explanation customer={customer} endsBefore={endsBefore} opened={explaining} onClose={explain.close} />
    </Page>
  );
}

/** Prints once every movement is there, not only those that are shown so far. */
function usePrint(movements: ReturnType<typeof useMovements>) {
  const [isWaiting, setWaiting] = useState(false);
  const { isComplete, failed, loadAll } = movements;
  useEffect(() => {
    if (!isWaiting || (!isComplete && !failed)) return;
    setWaiting(false);
    if (isComplete) window.print();
  }, [isWaiting, isComplete, failed]);
  return {
    isWaiting,
    start: () => {
      loadAll();
      setWaiting(true);
    },
  };
}
