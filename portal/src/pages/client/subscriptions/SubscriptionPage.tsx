import { Button, Stack } from '@mantine/core';
import { CirclePause, CirclePlay, CircleX, RefreshCw, RotateCcw } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { History } from '../../../ui/History';
import { Loaded } from '../../../ui/Loaded';
import { MoreMenu } from '../../../ui/MoreMenu';
import { onDemand } from '../../../ui/onDemand';
import { Page } from '../../../ui/Page';
import { abilities } from './abilities';
import type { Confirmed } from './ConfirmDialog';
import { Periods } from './Periods';
import { usePerInterval } from './perInterval';
import { StateNotice } from './StateNotice';
import { SubscriptionStateBadge } from './SubscriptionStateBadge';
import { type SubscriptionDetailFragment, SubscriptionDetailsDocument } from './subscriptions.generated';
import { Terms } from './Terms';
import { Upcoming } from './Upcoming';

const CancelDialog = onDemand(() => import('./CancelDialog').then((module) => module.CancelDialog));
const ChangeDialog = onDemand(() => import('./ChangeDialog').then((module) => module.ChangeDialog));
const ConfirmDialog = onDemand(() => import('./ConfirmDialog').then((module) => module.ConfirmDialog));

const confirmed = ['pause', 'resume', 'reactivate', 'dropChange'] as const satisfies readonly Confirmed[];

/** A subscription and what the person may do with it; `about` says more below its name, such as whose it is. */
export function SubscriptionPage({ about }: { about?: (of: SubscriptionDetailFragment) => ReactNode }) {
  const { t } = useTranslation('subscriptions');
  const { id = '' } = useParams();
  const details = useData(SubscriptionDetailsDocument, { id });
  if (!details.data) {
    return (
      <Page title={t('one')} back={{ to: '/subscriptions', label: t('title') }}>
        <Loaded of={details}>{() => null}</Loaded>
      </Page>
    );
  }
  const { subscription } = details.data;
  if (!subscription) return <NotFound />;
  return <Subscription of={subscription} about={about?.(subscription)} />;
}

function Subscription({ of, about }: { of: SubscriptionDetailFragment; about: ReactNode }) {
  const { t } = useTranslation('subscriptions');
  const per = usePerInterval();
  const can = abilities(of, useMe());
  const [opened, setOpened] = useState<Confirmed | 'change' | 'cancel' | null>(null);
  const close = () => setOpened(null);
  const amount = per(of.terms.amount, of.terms.interval);
  const mayChange = can.change.length > 0;
  return (
    <Page
      title={of.planName}
      aside={<SubscriptionStateBadge state={of.state} endsOn={of.endsOn} />}
      subtitle={
        <>
          {about}
          {about && ' · '}
          {amount}
        </>
      }
      back={{ to: '/subscriptions', label: t('title') }}
      actions={
        <>
          {can.resume && (
            <Button leftSection={<CirclePlay size={18} aria-hidden />} onClick={() => setOpened('resume')}>
              {t('act.resume')}
            </Button>
          )}
          {can.reactivate && (
            <Button leftSection={<RotateCcw size={18} aria-hidden />} onClick={() => setOpened('reactivate')}>
              {t('act.reactivate')}
            </Button>
          )}
          {mayChange && (
            <Button
              variant={can.reactivate ? 'default' : 'filled'}
              leftSection={<RefreshCw size={18} aria-hidden />}
              onClick={() => setOpened('change')}
            >
              {t('act.change')}
            </Button>
          )}
          <MoreMenu
            entries={[
              can.pause && {
                label: t('act.pause'),
                icon: <CirclePause size={16} aria-hidden />,
                onClick: () => setOpened('pause'),
              },
              can.cancel.length > 0 && {
                label: t('act.cancel'),
                icon: <CircleX size={16} aria-hidden />,
                onClick: () => setOpened('cancel'),
                danger: true,
              },
            ]}
          />
        </>
      }
    >
      <Stack gap="lg">
        <StateNotice of={of} />
        <Terms of={of} />
        <Upcoming of={of} onDropChange={can.dropChange ? () => setOpened('dropChange') : null} />
        <Periods of={of.id} />
        <History of={of.id} />
      </Stack>
      {confirmed.map((what) => (
        <ConfirmDialog key={what} what={what} of={of} opened={opened === what} onClose={close} />
      ))}
      <CancelDialog of={of} times={can.cancel} opened={opened === 'cancel'} onClose={close} />
      <ChangeDialog
        key={`${of.terms.planId} ${of.terms.quantity}`}
        of={of}
        times={can.change}
        opened={opened === 'change'}
        onClose={close}
      />
    </Page>
  );
}
