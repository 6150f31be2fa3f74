import { Alert, Anchor, Stack, Text } from '@mantine/core';
import { Megaphone } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useData } from '../../../api/useData';
import { useMe } from '../../../app/viewer';
import { Section } from '../../../ui/Facts';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { PartyBlock } from '../../../ui/Party';
import { Chart } from './Chart';
import classes from './Dashboard.module.css';
import { DashboardDocument, type DashboardQuery } from './dashboard.generated';
import { OutstandingInvoices, WaitingEstimates } from './Open';
import { RecentActivity } from './RecentActivity';
import { Tiles } from './Tiles';

/** What is open at a glance: what is owed, what waits for an answer, what comes next, what happened last. */
export default function Dashboard() {
  const { t } = useTranslation('dashboard');
  const me = useMe();
  const dashboard = useData(DashboardDocument, {});
  return (
    <Page title={t('greeting', { name: me.name })} subtitle={t('lead')}>
      <Loaded of={dashboard}>{(data) => <Content of={data} />}</Loaded>
    </Page>
  );
}

const Content = memo(({ of: { dashboard, organisation } }: { of: DashboardQuery }) => {
  return (
    <>
      {organisation?.banner && (
        <Alert variant="light" role="group" icon={<Megaphone size={18} aria-hidden />}>
          <Text size="sm" className={classes.banner}>
            {organisation.banner}
          </Text>
        </Alert>
      )}
      <Tiles of={dashboard} />
      <div className={classes.columns}>
        <Stack gap="lg" miw={0}>
          <WaitingEstimates of={dashboard} />
          <OutstandingInvoices of={dashboard.outstandingInvoices} />
          <Chart months={dashboard.months} />
        </Stack>
        <Stack gap="lg" miw={0}>
          <RecentActivity of={dashboard.recentActivity} />
          <Merchant of={organisation} />
        </Stack>
      </div>
    </>
  );
});

/** Whom the customer deals with, and where to reach them. */
function Merchant({ of }: { of: DashboardQuery['organisation'] }) {
  const { t } = useTranslation('dashboard');
  if (!of) return null;
  return (
    <Section title={t('merchant.title')}>
      <Stack gap="sm">
        <Text size="sm" component="div">
          <PartyBlock party={of.details} />
        </Text>
        <Anchor component={Link} to="/merchant" size="sm" className={classes.link}>
          {t('merchant.more')}
        </Anchor>
      </Stack>
    </Section>
  );
}
