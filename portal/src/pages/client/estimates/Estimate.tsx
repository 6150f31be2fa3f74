import { Alert, Anchor, Button, Group } from '@mantine/core';
import { Check, Forward, Printer, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams, useSearchParams } from 'react-router';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { FilterSelect } from '../../../ui/FilterSelect';
import { useFormat } from '../../../ui/format';
import { History } from '../../../ui/History';
import { Loaded } from '../../../ui/Loaded';
import { MoreMenu } from '../../../ui/MoreMenu';
import { onDemand } from '../../../ui/onDemand';
import { Page } from '../../../ui/Page';
import { Comparison } from './Comparison';
import { Conversation } from './Conversation';
import classes from './Estimate.module.css';
import { EstimateNotice } from './EstimateNotice';
import { EstimateSheet } from './EstimateSheet';
import { EstimateStateBadge } from './EstimateStateBadge';
import { EstimateDocument, type EstimateQuery } from './estimates.generated';
import { NewOffer } from './NewOffer';
import { useMarkViewed } from './useMarkViewed';

const AcceptDialog = onDemand(() => import('./AcceptDialog').then((module) => module.AcceptDialog));
const DeclineDialog = onDemand(() => import('./DeclineDialog').then((module) => module.DeclineDialog));
const ForwardDialog = onDemand(() => import('./ForwardDialog').then((module) => module.ForwardDialog));

/** An estimate: what is offered, what has changed since the last offer, what was said, and the answer. */
export default function EstimatePage() {
  const { t } = useTranslation(['estimates', 'common']);
  const { id = '' } = useParams();
  const estimate = useData(EstimateDocument, { id });
  useMarkViewed(estimate.data?.estimate);
  if (estimate.data?.estimate === null) return <NotFound />;
  if (!estimate.data?.estimate)
    return (
      <Page title={t('one')} back={{ to: '/estimates', label: t('title') }}>
        <Loaded of={estimate}>{() => null}</Loaded>
      </Page>
    );
  return <Opened key={id} estimate={estimate.data.estimate} refresh={estimate.refresh} />;
}

type Estimate = NonNullable<EstimateQuery['estimate']>;

function Opened({ estimate, refresh }: { estimate: Estimate; refresh: () => void }) {
  const { t } = useTranslation(['estimates', 'common']);
  const me = useMe();
  const format = useFormat();
  const [params] = useSearchParams();
  const [dialog, setDialog] = useState<{ kind: 'accept' | 'decline' | 'forward'; revision: number } | null>(null);
  const newest = estimate.revisions.at(-1);
  const shown = estimate.revisions.find(({ revision }) => String(revision) === params.get('revision')) ?? newest;
  if (!newest || !shown) return <NotFound />;
  const number = estimate.number ?? '';
  const isOpen = estimate.state === 'OFFERED' && !estimate.expired;
  // Nobody answers an offer but the one that is shown.
  const mayAnswer = me.mayAct && isOpen && shown === newest;
  const asked = estimate.revisions.find(({ revision }) => revision === dialog?.revision) ?? newest;
  const forDialog = {
    estimateId: estimate.id,
    number,
    isStale: dialog !== null && (!isOpen || dialog.revision !== newest.revision),
    onClose: () => setDialog(null),
    onChanged: () => {
      setDialog(null);
      refresh();
    },
  };
  return (
    <Page
      title={t('numbered', { number })}
      back={{ to: '/estimates', label: t('title') }}
      aside={<EstimateStateBadge of={estimate} />}
      subtitle={isOpen && newest.validUntil && t('answerBy', { date: format.date(newest.validUntil) })}
      actions={
        <>
          {mayAnswer && me.portal?.accept && (
            <Button
              leftSection={<Check size={16} aria-hidden />}
              onClick={() => setDialog({ kind: 'accept', revision: shown.revision })}
            >
              {t('accept.open')}
            </Button>
          )}
          <MoreMenu
            entries={[
              mayAnswer &&
                !!me.portal?.decline && {
                  label: t('decline.open'),
                  icon: <X size={16} aria-hidden />,
                  onClick: () => setDialog({ kind: 'decline', revision: shown.revision }),
                },
              me.mayAct &&
                !!me.portal?.forward && {
                  label: t('common:action.forward'),
                  icon: <Forward size={16} aria-hidden />,
                  onClick: () => setDialog({ kind: 'forward', revision: shown.revision }),
                },
              {
                label: t('common:action.print'),
                icon: <Printer size={16} aria-hidden />,
                onClick: () => window.print(),
              },
            ]}
          />
        </>
      }
    >
      <div role="status" className={classes.status} data-print="hide">
        <NewOffer revision={newest.revision} isOpen={isOpen} />
        <EstimateNotice of={estimate} />
      </div>
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
                t('revision.offered', { number: revision, date: offeredOn ? format.date(offeredOn) : '' }),
              ])}
          />
        </Group>
      )}
      {shown !== newest && (
        <Alert variant="light" color="yellow" role="group" data-print="hide">
          {t('revision.earlier')}{' '}
          <Anchor component={Link} to="?" underline="always" size="sm">
            {t('revision.newest')}
          </Anchor>
        </Alert>
      )}
      <EstimateSheet
        number={estimate.number}
        revision={shown}
        buyer={estimate.customer}
        stamp={shown === newest ? stampOf(estimate, t) : t('stamp.superseded')}
      />
      <Conversation id={estimate.id} side="CUSTOMER" mayComment={me.mayAct && !!me.portal?.comment} />
      <History of={estimate.id} brief />
      <AcceptDialog
        key={`accept ${asked.revision}`}
        {...forDialog}
        revision={asked}
        opened={dialog?.kind === 'accept'}
      />
      <DeclineDialog
        key={`decline ${asked.revision}`}
        {...forDialog}
        revision={asked.revision}
        opened={dialog?.kind === 'decline'}
      />
      <ForwardDialog estimate={estimate} opened={dialog?.kind === 'forward'} onClose={forDialog.onClose} />
    </Page>
  );
}

/** What stands across the sheet of the newest revision where it is no offer any more. */
function stampOf({ state, expired }: Estimate, t: ReturnType<typeof useTranslation<'estimates'>>['t']): string | null {
  switch (state) {
    case 'OFFERED':
      return expired ? t('state.EXPIRED') : null;
    case 'ACCEPTED':
    case 'INVOICED':
      return null;
    case 'DRAFT':
      return t('stamp.superseded');
    case 'DECLINED':
    case 'WITHDRAWN':
    case 'DISCARDED':
      return t(`state.${state}`);
  }
}
