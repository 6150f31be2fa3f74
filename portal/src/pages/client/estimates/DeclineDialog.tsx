import { Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { ActionDialog } from '../../../ui/ActionDialog';
import { useDraft } from '../../../ui/useDraft';
import { DeclineEstimateDocument } from './estimates.generated';
import { isChanged, OfferChanged } from './OfferChanged';

const isField = (place: string) => ['reason', 'wouldAccept'].includes(place);

/** Declines the revision that the person has before them: why, and what would be accepted instead. */
export function DeclineDialog(props: {
  estimateId: string;
  number: string;
  revision: number;
  isStale: boolean;
  opened: boolean;
  onClose: () => void;
  onChanged: () => void;
}) {
  const { t } = useTranslation(['estimates', 'common']);
  const me = useMe();
  const decline = useAction(DeclineEstimateDocument, (result) => result.declineEstimate);
  const { form, forget } = useDraft(`decline:${props.estimateId}:${props.revision}`, {
    initialValues: { reason: '', wouldAccept: '' },
    validate: ({ reason }) => ({ reason: reason.trim() ? null : t('decline.reason.missing') }),
  });
  const changed = isChanged(props.isStale, decline);
  const send = form.onSubmit(async ({ reason, wouldAccept }) => {
    const { estimateId, revision } = props;
    const input = { estimateId, revision, reason, wouldAccept: wouldAccept.trim() || null };
    const outcome = await decline.run({ input });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind !== 'done') return;
    forget();
    props.onClose();
    notifications.show({ message: t('decline.done', { number: props.number }) });
  });
  return (
    <ActionDialog
      title={t('decline.title', { number: props.number })}
      opened={props.opened}
      onClose={props.onClose}
      action={changed ? { busy: false, refusals: [], failure: null } : decline}
      onSubmit={() => (changed ? props.onChanged() : send())}
      submit={t(changed ? 'changed.look' : 'decline.submit')}
      danger={!changed}
      isField={isField}
    >
      {changed ? (
        <OfferChanged />
      ) : (
        <Stack gap="md">
          <Text size="sm">{t('decline.text', { merchant: me.organisation?.details.name ?? '' })}</Text>
          <Textarea
            label={t('decline.reason.label')}
            autosize
            minRows={2}
            required
            data-autofocus
            {...form.getInputProps('reason')}
          />
          <Textarea
            label={`${t('decline.wouldAccept.label')} (${t('common:optional')})`}
            description={t('decline.wouldAccept.description')}
            autosize
            minRows={2}
            {...form.getInputProps('wouldAccept')}
          />
        </Stack>
      )}
    </ActionDialog>
  );
}
