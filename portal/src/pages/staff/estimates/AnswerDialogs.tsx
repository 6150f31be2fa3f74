import { Blockquote, Checkbox, Text, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { useFormat } from '../../../ui/format';
import { useDraft } from '../../../ui/useDraft';
import type { DialogProps } from './EstimateDialogs';
import { StaffAcceptEstimateDocument, StaffDeclineEstimateDocument } from './staffEstimates.generated';

const isAcceptField = (place: string) => place === 'name' || place === 'termsAccepted';

/** Records that the customer accepted by another way than in the portal: by telephone, say. */
export function RecordAcceptance({ estimate, opened, onClose }: DialogProps) {
  const { t } = useTranslation('staffEstimates');
  const format = useFormat();
  const accept = useAction(StaffAcceptEstimateDocument, (result) => result.acceptEstimate);
  const offered = estimate.revisions.at(-1);
  const terms = offered?.document.terms ?? null;
  const { form, forget } = useDraft(`accept:${estimate.id}`, {
    initialValues: { name: estimate.customer?.contacts[0]?.name ?? '', termsAccepted: false },
    validate: ({ name, termsAccepted }): Record<string, string> => ({
      ...(name.trim() ? {} : { name: t('accept.nameMissing') }),
      ...(terms && !termsAccepted ? { termsAccepted: t('accept.termsMissing') } : {}),
    }),
  });
  const close = () => {
    accept.clear();
    onClose();
  };
  const submit = form.onSubmit(async ({ name, termsAccepted }) => {
    const input = { estimateId: estimate.id, revision: estimate.revision, name: name.trim(), termsAccepted };
    const outcome = await accept.run({ input });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isAcceptField));
    if (outcome?.kind !== 'done') return;
    forget();
    close();
    notifications.show({ message: t('accept.done') });
  });
  return (
    <ActionDialog
      title={t('accept.title')}
      opened={opened}
      onClose={close}
      action={accept}
      onSubmit={submit}
      submit={t('accept.submit')}
      isField={isAcceptField}
    >
      <Text size="sm">
        {t('accept.text', { number: estimate.revision, total: offered ? format.money(offered.total) : '' })}
      </Text>
      <TextInput
        label={t('accept.name')}
        description={t('accept.nameText')}
        required
        maxLength={200}
        data-autofocus
        {...form.getInputProps('name')}
      />
      {terms && (
        <>
          <Blockquote p="sm" m={0} fz="sm">
            {terms}
          </Blockquote>
          <Checkbox label={t('accept.terms')} {...form.getInputProps('termsAccepted', { type: 'checkbox' })} />
        </>
      )}
    </ActionDialog>
  );
}

const isDeclineField = (place: string) => place === 'reason' || place === 'wouldAccept';

/** Records that the customer declined by another way than in the portal, in the customer's words. */
export function RecordRefusal({ estimate, opened, onClose }: DialogProps) {
  const { t } = useTranslation('staffEstimates');
  const decline = useAction(StaffDeclineEstimateDocument, (result) => result.declineEstimate);
  const { form, forget } = useDraft(`decline:${estimate.id}`, {
    initialValues: { reason: '', wouldAccept: '' },
    validate: ({ reason }): Record<string, string> => (reason.trim() ? {} : { reason: t('decline.reasonMissing') }),
  });
  const close = () => {
    decline.clear();
    onClose();
  };
  const submit = form.onSubmit(async ({ reason, wouldAccept }) => {
    const outcome = await decline.run({
      input: {
        estimateId: estimate.id,
        revision: estimate.revision,
        reason: reason.trim(),
        wouldAccept: wouldAccept.trim() || null,
      },
    });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isDeclineField));
    if (outcome?.kind !== 'done') return;
    forget();
    close();
    notifications.show({ message: t('decline.done') });
  });
  return (
    <ActionDialog
      title={t('decline.title')}
      opened={opened}
      onClose={close}
      action={decline}
      onSubmit={submit}
      submit={t('decline.submit')}
      isField={isDeclineField}
    >
      <Textarea
        label={t('decline.reason')}
        required
        autosize
        minRows={2}
        maxRows={8}
        maxLength={2000}
        data-autofocus
        {...form.getInputProps('reason')}
      />
      <Textarea
        label={t('decline.wouldAccept')}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={2000}
        {...form.getInputProps('wouldAccept')}
      />
    </ActionDialog>
  );
}
