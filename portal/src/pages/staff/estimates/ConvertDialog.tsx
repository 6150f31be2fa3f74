import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { ConflictHint } from '../../../ui/ConflictHint';
import { useFormat } from '../../../ui/format';
import { useSeenVersion } from '../../../ui/useSeenVersion';
import type { DialogProps } from './EstimateDialogs';
import { StaffConvertEstimateDocument } from './staffEstimates.generated';

/** Turns what was accepted into an invoice, and goes there. */
export function ConvertDialog({ estimate, opened, onClose }: DialogProps) {
  const { t } = useTranslation('staffEstimates');
  const format = useFormat();
  const navigate = useNavigate();
  const convert = useAction(StaffConvertEstimateDocument, (result) => result.convertEstimate);
  const seen = useSeenVersion(estimate.version, opened);
  const accepted = estimate.revisions.at(-1);
  const close = () => {
    convert.clear();
    onClose();
  };
  const submit = async () => {
    const outcome = await convert.run({ input: { estimateId: estimate.id, expectedVersion: seen.expected() } });
    seen.learn(outcome);
    if (outcome?.kind !== 'done') return;
    close();
    const invoice = outcome.payload.estimate?.invoice;
    notifications.show({ message: t('convert.done', { number: invoice?.number ?? '' }) });
    if (invoice) await navigate(`/invoices/${invoice.id}`);
  };
  return (
    <ActionDialog
      title={t('convert.title')}
      opened={opened}
      onClose={close}
      action={convert}
      onSubmit={() => void submit()}
      submit={t('convert.submit')}
    >
      <Text size="sm">
        {t(estimate.depositInvoice ? 'convert.textRest' : 'convert.text', {
          total: accepted ? format.money(accepted.total) : '',
          customer: estimate.customer?.name ?? '',
        })}
      </Text>
      <ConflictHint of={convert} />
    </ActionDialog>
  );
}
