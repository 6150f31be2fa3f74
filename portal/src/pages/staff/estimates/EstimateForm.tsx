import { Button, Group, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Failure, Refusal } from '../../../api/useAction';
import { Problems } from '../../../ui/Problems';
import { useDraft } from '../../../ui/useDraft';
import { DocumentEditor, focusFirst, useEditorWords } from '../editor/DocumentEditor';
import { checkDocument, type DocumentValues, isBlank, isDocumentField } from '../editor/values';
import { onlyButtonsSend } from '../longForm';
import { Overtaken } from '../Overtaken';
import { Restored } from '../Restored';

/**
 * The editor of an estimate with its two ways on: keep it as a draft, or keep it and go on to the offer. What was typed
 * is kept under `draftKey` until it is saved.
 */
export function EstimateForm(props: {
  draftKey: string;
  initial: DocumentValues;
  /** The currency of the customer who is chosen: an estimate without any line yet follows it. */
  customerCurrency?: string;
  action: { busy: boolean; refusals: readonly Refusal[]; failure: Failure | null };
  /** Where an estimate that is there already is looked at. */
  at?: string;
  /** Saves it; the estimate's id once it is saved. */
  send: (values: DocumentValues) => Promise<string | null>;
}) {
  const { t } = useTranslation(['staffEstimates', 'common']);
  const navigate = useNavigate();
  const words = useEditorWords();
  const draft = useDraft<DocumentValues>(props.draftKey, {
    initialValues: props.initial,
    validate: checkDocument(words),
  });
  const { form, forget } = draft;
  const { customerCurrency } = props;
  const follows = customerCurrency !== undefined && form.values.lines.every(isBlank);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when another customer is chosen, not whenever a line is emptied
  useEffect(() => {
    if (follows && form.values.currency !== customerCurrency) form.setFieldValue('currency', customerCurrency);
  }, [customerCurrency]);
  const save = async (values: DocumentValues, thenOffer: boolean) => {
    const id = await props.send(values);
    if (!id) return;
    forget();
    notifications.show({ message: t('saved') });
    await navigate(thenOffer ? `/estimates/${id}?do=offer` : `/estimates/${id}`);
  };
  return (
    <form
      noValidate
      onKeyDown={onlyButtonsSend}
      onSubmit={form.onSubmit((values) => void save(values, true), focusFirst(form))}
    >
      <Stack gap="lg">
        <Restored of={draft} />
        <DocumentEditor form={form} refusals={props.action.refusals} />
        {props.at && props.action.failure?.kind === 'conflict' ? (
          <Overtaken at={props.at} />
        ) : (
          <Problems of={props.action} except={isDocumentField} />
        )}
        <Group justify="flex-end">
          <Button
            variant="default"
            disabled={props.action.busy}
            onClick={() => form.onSubmit((values) => void save(values, false), focusFirst(form))()}
          >
            {t('save')}
          </Button>
          <Button type="submit" loading={props.action.busy}>
            {t('saveAndOffer')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
