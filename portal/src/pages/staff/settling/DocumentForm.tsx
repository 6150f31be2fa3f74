import { Button, Group, Stack } from '@mantine/core';
import { useNavigate } from 'react-router';
import type { Failure, Refusal } from '../../../api/useAction';
import { Problems } from '../../../ui/Problems';
import { useDraft } from '../../../ui/useDraft';
import { DocumentEditor, focusFirst, useEditorWords } from '../editor/DocumentEditor';
import { checkDocument, type DocumentValues, isDocumentField } from '../editor/values';
import { onlyButtonsSend } from '../longForm';
import { Overtaken } from '../Overtaken';
import { Restored } from '../Restored';

/** Lines, discounts and words of an invoice or credit note, and the button that saves them. */
export function DocumentForm(props: {
  draftKey: string;
  initial: DocumentValues;
  withTerms?: boolean;
  action: { busy: boolean; refusals: readonly Refusal[]; failure: Failure | null };
  submit: string;
  /** Where a document that is there already is looked at. */
  at?: string;
  /** Saves it; answers with the page to go on to, null where it was not saved. */
  send: (values: DocumentValues) => Promise<string | null>;
}) {
  const navigate = useNavigate();
  const words = useEditorWords();
  const draft = useDraft<DocumentValues>(props.draftKey, {
    initialValues: props.initial,
    validate: checkDocument(words),
  });
  const { form, forget } = draft;
  const submit = form.onSubmit(async (values) => {
    const next = await props.send(values);
    if (next === null) return;
    forget();
    navigate(next, { replace: true });
  }, focusFirst(form));
  return (
    <form noValidate onKeyDown={onlyButtonsSend} onSubmit={submit}>
      <Stack gap="lg">
        <Restored of={draft} />
        <DocumentEditor form={form} refusals={props.action.refusals} withTerms={props.withTerms ?? true} />
        {props.at && props.action.failure?.kind === 'conflict' ? (
          <Overtaken at={props.at} />
        ) : (
          <Problems of={props.action} except={isDocumentField} />
        )}
        <Group justify="flex-end">
          <Button type="submit" loading={props.action.busy}>
            {props.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
