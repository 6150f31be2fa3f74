import { Anchor, Button, Stack, Text } from '@mantine/core';
import { Archive } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { Facts, Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { History } from '../../../ui/History';
import { Loaded } from '../../../ui/Loaded';
import { onDemand } from '../../../ui/onDemand';
import { Page } from '../../../ui/Page';
import { State } from '../../../ui/State';
import { usePerInterval } from '../../client/subscriptions/perInterval';
import { PlanForm } from './PlanForm';
import { StaffPlanDocument, type StaffPlanPartsFragment, StaffPlanSettingsDocument } from './plans.generated';
import { useTaxName } from './taxName';

const ArchiveDialog = onDemand(() => import('./ArchiveDialog').then((module) => module.ArchiveDialog));

/** A plan: staff enter and change what it offers, accountants read it. */
export default function EditPlan() {
  const { id } = useParams();
  const { mayAct } = useMe();
  if (id) return <ExistingPlan id={id} />;
  return mayAct ? <NewPlan /> : <NotFound />;
}

function NewPlan() {
  const { t } = useTranslation('plans');
  const settings = useData(StaffPlanSettingsDocument, {});
  return (
    <Page title={t('new')} back={{ to: '/plans', label: t('title') }}>
      <Loaded of={settings}>
        {({ organisation }) => (organisation ? <PlanForm plan={null} organisation={organisation} /> : <NotFound />)}
      </Loaded>
    </Page>
  );
}

function ExistingPlan({ id }: { id: string }) {
  const { t } = useTranslation('plans');
  const { mayAct } = useMe();
  const [archiving, setArchiving] = useState(false);
  const found = useData(StaffPlanDocument, { id });
  const settings = useData(StaffPlanSettingsDocument, {});
  if (!found.data) {
    return (
      <Page title={t('one')} back={{ to: '/plans', label: t('title') }}>
        <Loaded of={found}>{() => null}</Loaded>
      </Page>
    );
  }
  const { plan } = found.data;
  if (!plan) return <NotFound />;
  const mayEdit = mayAct && !plan.archived;
  return (
    <Page
      title={plan.name}
      aside={plan.archived && <State tone="neutral">{t('archived')}</State>}
      subtitle={
        <Anchor component={Link} to={`/subscriptions?plan=${plan.id}`} inherit>
          {t('toSubscriptions')}
        </Anchor>
      }
      back={{ to: '/plans', label: t('title') }}
      actions={
        mayEdit && (
          <>
            <Button component={Link} to={`/subscriptions/new?plan=${plan.id}`} variant="default">
              {t('start')}
            </Button>
            <Button
              variant="default"
              leftSection={<Archive size={18} aria-hidden />}
              onClick={() => setArchiving(true)}
            >
              {t('archive.action')}
            </Button>
          </>
        )
      }
    >
      <Stack gap="lg">
        {mayEdit ? (
          <Loaded of={settings}>
            {({ organisation }) => organisation && <PlanForm plan={plan} organisation={organisation} />}
          </Loaded>
        ) : (
          <ReadOnly plan={plan} />
        )}
        <History of={plan.id} />
      </Stack>
      <ArchiveDialog plan={plan} opened={archiving} onClose={() => setArchiving(false)} />
    </Page>
  );
}

function ReadOnly({ plan }: { plan: StaffPlanPartsFragment }) {
  const { t } = useTranslation('plans');
  const format = useFormat();
  const per = usePerInterval();
  const taxName = useTaxName({ inColumn: true });
  return (
    <Section title={t('offers')}>
      <Stack>
        {plan.description && <Text size="sm">{plan.description}</Text>}
        <Facts
          of={[
            [t('field.price'), per(plan.price, plan.interval)],
            [t('field.setupFee'), plan.setupFee && format.money(plan.setupFee)],
            [t('field.trial'), plan.trialDays > 0 && t('days', { count: plan.trialDays })],
            [t('field.tax'), taxName(plan.taxCategory, plan.taxPercent)],
            [t('field.created'), format.date(plan.createdOn)],
            [t('field.terms'), plan.terms],
          ]}
        />
      </Stack>
    </Section>
  );
}
