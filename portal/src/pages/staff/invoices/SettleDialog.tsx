import { Blockquote, Radio, Stack, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import type { DisputeOutcome } from '../../../api/schema.generated';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { useDraft } from '../../../ui/useDraft';
import { StaffSettleDisputeDocument } from './invoices.generated';

const outcomes = ['UPHELD', 'REJECTED', 'WITHDRAWN'] as const satisfies readonly DisputeOutcome[];
const isOutcome = (text: string): text is DisputeOutcome => outcomes.some((one) => one === text);
const isField = (place: string) => place === 'outcome' || place === 'words';

/** How a dispute ends, and what the customer is told. */
export function SettleDialog(props: {
  invoiceId: string;
  dispute: { readonly id: string; readonly reason: string };
  opened: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation('staffInvoices');
  const settle = useAction(StaffSettleDisputeDocument, (result) => result.settleDispute);
  const { form, forget } = useDraft(`settle ${props.dispute.id}`, {
    initialValues: { outcome: '', words: '' },
    validate: ({ outcome, words }): Record<string, string> => ({
      ...(isOutcome(outcome) ? {} : { outcome: t('disputes.dialog.choose') }),
      ...(words.trim() ? {} : { words: t('disputes.dialog.wordsRequired') }),
    }),
  });
  const close = () => {
    settle.clear();
    form.clearErrors();
    props.onClose();
  };
  const submit = form.onSubmit(async ({ outcome, words }) => {
    if (!isOutcome(outcome)) return;
    const answer = await settle.run({
      input: { invoiceId: props.invoiceId, disputeId: props.dispute.id, outcome, words: words.trim() },
    });
    if (answer?.kind === 'refused') form.setErrors(fieldErrors(answer.refusals, isField));
    if (answer?.kind !== 'done') return;
    form.reset();
    forget();
    close();
    notifications.show({ message: t('disputes.dialog.done') });
  });
  return (
    <ActionDialog
      title={t('disputes.dialog.title')}
      opened={props.opened}
      onClose={close}
      action={settle}
      onSubmit={submit}
      submit={t('disputes.dialog.submit')}
      isField={isField}
    >
      <Blockquote p="sm" fz="sm" style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>
        {props.dispute.reason}
      </Blockquote>
      <Radio.Group label={t('disputes.dialog.label')} required {...form.getInputProps('outcome')}>
        <Stack gap="xs" mt="xs">
          {outcomes.map((outcome, at) => (
            <Radio
              data-autofocus={at === 0 || undefined}
              key={outcome}
              value={outcome}
              label={t(`disputes.dialog.${outcome}`)}
              description={t(`disputes.dialog.${outcome}Text`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      <Textarea
        label={t('disputes.dialog.words')}
        description={t('disputes.dialog.wordsText')}
        autosize
        minRows={3}
        maxRows={10}
        maxLength={2000}
        required
        {...form.getInputProps('words')}
      />
    </ActionDialog>
  );
}
