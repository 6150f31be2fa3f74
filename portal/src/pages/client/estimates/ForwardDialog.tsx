import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { Forwarding } from '../../../ui/Forwarding';
import { type EstimateQuery, ForwardEstimateDocument } from './estimates.generated';

/** Sends the newest offer on by mail. */
export function ForwardDialog({
  estimate,
  ...props
}: {
  estimate: NonNullable<EstimateQuery['estimate']>;
  opened: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation('estimates');
  const action = useAction(ForwardEstimateDocument, (result) => result.forwardEstimate);
  return (
    <Forwarding
      {...props}
      id={estimate.id}
      customer={estimate.customer}
      title={t('forward.title', { number: estimate.number })}
      action={action}
      send={(what) => action.run({ input: { estimateId: estimate.id, ...what } })}
    />
  );
}
