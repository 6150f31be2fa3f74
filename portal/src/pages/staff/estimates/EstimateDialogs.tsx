import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { onDemand } from '../../../ui/onDemand';
import {
  type StaffEstimateQuery,
  StaffUndoAcceptanceDocument,
  StaffWithdrawEstimateDocument,
} from './staffEstimates.generated';

const ReasonDialog = onDemand(() => import('../../../ui/ReasonDialog').then((module) => module.ReasonDialog));
const ConvertDialog = onDemand(() => import('./ConvertDialog').then((module) => module.ConvertDialog));
const DiscardDialog = onDemand(() => import('./DiscardDialog').then((module) => module.DiscardDialog));
const RecordAcceptance = onDemand(() => import('./AnswerDialogs').then((module) => module.RecordAcceptance));
const RecordRefusal = onDemand(() => import('./AnswerDialogs').then((module) => module.RecordRefusal));
const OfferDialog = onDemand(() => import('./OfferDialog').then((module) => module.OfferDialog));

export type Estimate = NonNullable<StaffEstimateQuery['estimate']>;

/** What an estimate's dialogs are about. */
export interface DialogProps {
  estimate: Estimate;
  settings: NonNullable<StaffEstimateQuery['organisation']>['settings'];
  today: string;
  opened: boolean;
  onClose: () => void;
}

export type Dialog = 'offer' | 'discard' | 'withdraw' | 'undo' | 'convert' | 'accept' | 'decline';

/** The questions before something is done to an estimate; at most one of them is open. */
export function EstimateDialogs({ open, ...props }: Omit<DialogProps, 'opened'> & { open: Dialog | null }) {
  const of = (dialog: Dialog) => ({ ...props, opened: open === dialog });
  const { id, revision } = props.estimate;
  return (
    <>
      <OfferDialog key={`offer ${revision}`} {...of('offer')} />
      <ConvertDialog {...of('convert')} />
      <DiscardDialog {...of('discard')} />
      <RecordAcceptance key={`accept ${id}`} {...of('accept')} />
      <RecordRefusal key={`decline ${revision}`} {...of('decline')} />
      <Withdraw {...of('withdraw')} />
      <UndoAcceptance {...of('undo')} />
    </>
  );
}

function Withdraw({ estimate, opened, onClose }: DialogProps) {
  const { t } = useTranslation('staffEstimates');
  const withdraw = useAction(StaffWithdrawEstimateDocument, (result) => result.withdrawEstimate);
  return (
    <ReasonDialog
      name={`withdraw:${estimate.id}`}
      title={t('withdraw.title')}
      text={t('withdraw.text')}
      submit={t('withdraw.submit')}
      danger
      opened={opened}
      onClose={onClose}
      version={estimate.version}
      action={withdraw}
      send={(reason, expectedVersion) => withdraw.run({ input: { estimateId: estimate.id, expectedVersion, reason } })}
      done={t('withdraw.done')}
    />
  );
}

function UndoAcceptance({ estimate, opened, onClose }: DialogProps) {
  const { t } = useTranslation('staffEstimates');
  const undo = useAction(StaffUndoAcceptanceDocument, (result) => result.undoAcceptance);
  return (
    <ReasonDialog
      name={`undo:${estimate.id}`}
      title={t('undo.title')}
      text={t('undo.text')}
      submit={t('undo.submit')}
      danger
      opened={opened}
      onClose={onClose}
      version={estimate.version}
      action={undo}
      send={(reason, expectedVersion) => undo.run({ input: { estimateId: estimate.id, expectedVersion, reason } })}
      done={t('undo.done')}
    />
  );
}
