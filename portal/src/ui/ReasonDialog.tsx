import { Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../api/fieldErrors';
import type { Failure, Outcome, Refusal } from '../api/useAction';
import { ActionDialog } from './ActionDialog';
import { ConflictHint } from './ConflictHint';
import { useDraft } from './useDraft';
import { useSeenVersion } from './useSeenVersion';

const isReason = (place: string) => place === 'reason';

/** Asks why something is to be done, and does it. The words stay until it is done, also where somebody was faster. */
export function ReasonDialog(props: {
  /** What it is about, for the draft: the action and the document's id. */
  name: string;
  title: string;
  /** What happens then. */
  text?: ReactNode;
  label?: string;
  description?: string;
  submit: string;
  danger?: boolean;
  opened: boolean;
  onClose: () => void;
  /** The document's version, where the action takes it. */
  version?: number;
  action: { busy: boolean; refusals: readonly Refusal[]; failure: Failure | null; clear: () => void };
  send: (reason: string, expectedVersion: number) => Promise<Outcome<unknown> | null>;
  /** What is said once it is done. */
  done: string;
}) {
  const { t } = useTranslation();
  const seen = useSeenVersion(props.version ?? 0, props.opened);
  const { form, forget } = useDraft(props.name, {
    initialValues: { reason: '' },
    validate: ({ reason }): Record<string, string> => (reason.trim() ? {} : { reason: t('reason.required') }),
  });
  const close = () => {
    props.action.clear();
    form.clearErrors();
    props.onClose();
  };
  const submit = form.onSubmit(async ({ reason }) => {
    const outcome = await props.send(reason.trim(), seen.expected());
    seen.learn(outcome);
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isReason));
    if (outcome?.kind !== 'done') return;
    form.reset();
    forget();
    close();
    notifications.show({ message: props.done });
  });
  return (
    <ActionDialog
      title={props.title}
      opened={props.opened}
      onClose={close}
      action={props.action}
      onSubmit={submit}
      submit={props.submit}
      danger={props.danger ?? false}
      isField={isReason}
    >
      {props.text && (
        <Text size="sm" component="div">
          {props.text}
        </Text>
      )}
      <Textarea
        label={props.label ?? t('reason.label')}
        description={props.description}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={2000}
        required
        data-autofocus
        {...form.getInputProps('reason')}
      />
      <ConflictHint of={props.action} />
    </ActionDialog>
  );
}
