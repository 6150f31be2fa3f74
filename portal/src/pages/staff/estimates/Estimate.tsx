import { Anchor, Group, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams, useSearchParams } from 'react-router';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { Facts, Section } from '../../../ui/Facts';
import { FilterSelect } from '../../../ui/FilterSelect';
import { useFormat } from '../../../ui/format';
import { History } from '../../../ui/History';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Comparison } from '../../client/estimates/Comparison';
import { Conversation } from '../../client/estimates/Conversation';
import { EstimateSheet } from '../../client/estimates/EstimateSheet';
import { CustomersWords } from './CustomersWords';
import { EstimateActions } from './EstimateActions';
import { type Dialog, type Estimate, EstimateDialogs } from './EstimateDialogs';
import { EstimateState } from './EstimateState';
import { StaffEstimateDocument, type StaffEstimateQuery } from './staffEstimates.generated';

/** An estimate for the merchant's people: what the customer said of it, what can be done now, and all its revisions. */
export default function EstimatePage() {
  const { t } = useTranslation('staffEstimates');
  const { id = '' } = useParams();
  const estimate = useData(StaffEstimateDocument, { id });
  const known = estimate.data?.estimate;
  if (known === null) return <NotFound />;
  if (!estimate.data || !known) {
    return (
      <Page title={t('one')} back={{ to: '/estimates', label: t('title') }}>
        <Loaded of={estimate}>{() => null}</Loaded>
      </Page>
    );
  }
  return <Opened key={id} estimate={known} organisation={estimate.data.organisation} />;
}

function Opened({ estimate, organisation }: { estimate: Estimate; organisation: StaffEstimateQuery['organisation'] }) {
  const { t } = useTranslation('staffEstimates');
  const format = useFormat();
  const { mayAct } = useMe();
  const [params, setParams] = useSearchParams();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  // The editor's "Save and offer" leads here.
  const isToOffer = params.get('do') === 'offer';
  useEffect(() => {
    if (!isToOffer) return;
    if (mayAct && estimate.state === 'DRAFT') setDialog('offer');
    setParams({}, { replace: true });
  }, [isToOffer, mayAct, estimate.state, setParams]);
  const newest = estimate.revisions.at(-1);
  const shown = estimate.revisions.find(({ revision }) => String(revision) === params.get('revision')) ?? newest;
  if (!newest || !shown) return <NotFound />;
  const name = estimate.number ? t('numbered', { number: estimate.number }) : t('unnumbered');
  return (
    <Page
      title={name}
      aside={<EstimateState of={estimate} />}
      back={{ to: '/estimates', label: t('title') }}
      subtitle={
        estimate.customer && (
          <Anchor component={Link} to={`/customers/${estimate.customer.id}`} size="sm">
            {estimate.customer.name}
          </Anchor>
        )
      }
      actions={<EstimateActions of={estimate} open={setDialog} />}
    >
      <CustomersWords of={estimate} />
      <Section title={t('facts.title')}>
        <Facts
          of={[
            [t('facts.total'), format.money(newest.total)],
            [t('facts.offered'), newest.offeredOn && format.date(newest.offeredOn)],
            [t('facts.validUntil'), newest.validUntil && format.date(newest.validUntil)],
            [
              t('facts.viewed'),
              newest.offeredOn && (newest.viewedOn ? format.date(newest.viewedOn) : t('facts.notViewed')),
            ],
            [t('facts.deposit'), newest.deposit && format.money(newest.deposit)],
          ]}
        />
      </Section>
      <Comparison id={estimate.id} revisions={estimate.revisions} />
      {estimate.revisions.length > 1 && (
        <Group data-print="hide">
          <FilterSelect
            label={t('revision.label')}
            param="revision"
            options={[...estimate.revisions]
              .reverse()
              .map(({ revision, offeredOn }) => [
                revision === newest.revision ? '' : String(revision),
                offeredOn
                  ? t('revision.offered', { number: revision, date: format.date(offeredOn) })
                  : t('revision.draft', { number: revision }),
              ])}
          />
        </Group>
      )}
      <EstimateSheet
        number={estimate.number}
        revision={shown}
        buyer={estimate.customer}
        stamp={shown !== newest ? t('stamp.superseded') : shown.offeredOn ? null : t('draft')}
      />
      {estimate.number ? (
        <Conversation id={estimate.id} side="STAFF" mayComment={mayAct} />
      ) : (
        <Text size="sm" c="dimmed">
          {t('notOffered')}
        </Text>
      )}
      <History of={estimate.id} />
      {mayAct && (
        <EstimateDialogs
          estimate={estimate}
          settings={organisation?.settings ?? null}
          today={organisation?.today ?? ''}
          open={dialog}
          onClose={() => setDialog(null)}
        />
      )}
    </Page>
  );
}
