import { Radio, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { UnissuedDeposit } from '../../../api/schema.generated';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { ConflictHint } from '../../../ui/ConflictHint';
import { useFormat } from '../../../ui/format';
import { useSeenVersion } from '../../../ui/useSeenVersion';
import type { DialogProps } from './EstimateDialogs';
import { StaffConvertEstimateDocument } from './staffEstimates.generated';

const choices = ['ISSUE', 'DROP'] as const satisfies readonly UnissuedDeposit[];

/** Turns what was accepted into an invoice, and goes there. A deposit that is still a draft comes first. */
export function ConvertDialog({ estimate, opened, onClose }: DialogProps) {
  const { t } = useTranslation('staffEstimates');
  const format = useFormat();
  const navigate = useNavigate();
  const convert = useAction(StaffConvertEstimateDocument, (result) => result.convertEstimate);
  const seen = useSeenVersion(estimate.version, opened);
  const accepted = estimate.revisions.at(-1);
  const unissued = estimate.depositInvoice?.status === 'DRAFT' ? estimate.depositInvoice : null;
  const [chosen, choose] = useState<UnissuedDeposit>('ISSUE');
  const takenOff = unissued ? chosen === 'ISSUE' : estimate.depositInvoice;
  const close = () => {
    convert.clear();
    onClose();
  };
  const submit = async () => {
    const outcome = await convert.run({
      input: { estimateId: estimate.id, expectedVersion: seen.expected(), deposit: unissued ? chosen : null },
    });
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
        {t(takenOff ? 'convert.textRest' : 'convert.text', {
          total: accepted ? format.money(accepted.total) : '',
          customer: estimate.customer?.name ?? '',
        })}
      </Text>
      {unissued && (
        <Radio.Group
          label={t('convert.deposit.legend', { amount: format.money(unissued.total) })}
          value={chosen}
          onChange={(value) => choose(value === 'DROP' ? 'DROP' : 'ISSUE')}
        >
          <Stack gap="xs" mt="xs">
            {choices.map((choice) => (
              <Radio
                key={choice}
                value={choice}
                label={t(`convert.deposit.${choice}`)}
                description={t(`convert.deposit.${choice}Text`)}
              />
            ))}
          </Stack>
        </Radio.Group>
      )}
      <ConflictHint of={convert} />
    </ActionDialog>
  );
}
