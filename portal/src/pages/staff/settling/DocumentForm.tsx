import { Alert, Button, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Failure, Refusal } from '../../../api/useAction';
import { ConflictHint } from '../../../ui/ConflictHint';
import { Problems } from '../../../ui/Problems';
import { useDraft } from '../../../ui/useDraft';
import { DocumentEditor, useEditorWords } from '../editor/DocumentEditor';
import { checkDocument, type DocumentValues, isDocumentField } from '../editor/values';

/** Lines, discounts and words of an invoice or credit note, and the button that saves them. */
export function DocumentForm(props: {
  draftKey: string;
  initial: DocumentValues;
  withTerms?: boolean;
  action: { busy: boolean; refusals: readonly Refusal[]; failure: Failure | null };
  submit: string;
  /** Saves it; answers with the page to go on to, null where it was not saved. */
  send: (values: DocumentValues) => Promise<string | null>;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const words = useEditorWords();
  const { form, forget, isRestored } = useDraft<DocumentValues>(props.draftKey, {
    initialValues: props.initial,
    validate: checkDocument(words),
  });
  const submit = form.onSubmit(async (values) => {
    const next = await props.send(values);
    if (next === null) return;
    forget();
    navigate(next, { replace: true });
  });
  return (
    <form noValidate onSubmit={submit}>
      <Stack gap="lg">
        {isRestored && (
          <Alert variant="light" color="gray" role="status">
            {t('restored')}
          </Alert>
        )}
        <DocumentEditor form={form} refusals={props.action.refusals} withTerms={props.withTerms ?? true} />
        <Problems of={props.action} except={isDocumentField} />
        <ConflictHint of={props.action} />
        <Group justify="flex-end">
          <Button type="submit" loading={props.action.busy}>
            {props.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
