import { Checkbox, Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type RefObject, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { placeOf } from '../api/fieldErrors';
import type { Failure, Outcome, Refusal } from '../api/useAction';
import { useData } from '../api/useData';
import { useMe } from '../app/viewer';
import { ActionDialog } from './ActionDialog';
import { ForwardContactsDocument } from './document.generated';
import { Loaded } from './Loaded';
import { useDraft } from './useDraft';

const isField = (place: string) => place === 'message' || place.startsWith('recipients');

/** The addresses that a person typed, by commas, semicolons, spaces or lines. */
const addressesIn = (text: string) => text.split(/[\s,;]+/).filter(Boolean);

/**
 * Sends a document on by mail: to colleagues who are contacts of the customer, or to any other address. Needs the words
 * of `document`.
 */
export function Forwarding(props: {
  /** The document's id, for the draft. */
  id: string;
  customer: { readonly id: string } | null;
  title: string;
  opened: boolean;
  onClose: () => void;
  action: { busy: boolean; refusals: readonly Refusal[]; failure: Failure | null };
  send: (what: { recipients: string[]; message: string | null }) => Promise<Outcome<unknown> | null>;
}) {
  const { t } = useTranslation('document');
  const { isMailDelivered } = useMe();
  const contacts = useData(
    ForwardContactsDocument,
    { customer: props.customer?.id ?? '' },
    { paused: !props.opened || !props.customer },
  );
  const { form, forget } = useDraft(`forward:${props.id}`, {
    initialValues: { contacts: [] as string[], others: '', message: '' },
    validate: (values): Record<string, string> =>
      values.contacts.length + addressesIn(values.others).length > 0 ? {} : { others: t('forward.nobody') },
  });
  const submit = form.onSubmit(async (values) => {
    const recipients = [...values.contacts, ...addressesIn(values.others)];
    const outcome = await props.send({ recipients, message: values.message.trim() || null });
    if (outcome?.kind === 'refused') form.setErrors(errorsOf(outcome.refusals, recipients));
    if (outcome?.kind !== 'done') return;
    form.setValues({ contacts: [], others: '', message: '' });
    forget();
    props.onClose();
    notifications.show({
      message: t(isMailDelivered ? 'forward.done' : 'forward.queued', { count: recipients.length }),
    });
  });
  const others = useRef<HTMLTextAreaElement>(null);
  const people = contacts.data?.customer?.contacts ?? [];
  return (
    <ActionDialog
      title={props.title}
      opened={props.opened}
      onClose={props.onClose}
      action={props.action}
      onSubmit={() => submit()}
      submit={t('forward.submit')}
      isField={isField}
    >
      <Text size="sm">
        {t('forward.text')} {!isMailDelivered && t('forward.notSetUp')}
      </Text>
      {props.customer && (
        <Loaded of={contacts}>
          {() =>
            people.length > 0 && (
              <Checkbox.Group label={t('forward.contacts')} {...form.getInputProps('contacts')}>
                <People of={people} next={others} />
              </Checkbox.Group>
            )
          }
        </Loaded>
      )}
      <Textarea
        label={t('forward.others')}
        description={t('forward.othersHelp')}
        autosize
        inputMode="email"
        ref={others}
        data-autofocus
        {...form.getInputProps('others')}
      />
      <Textarea label={t('forward.message')} autosize minRows={3} maxLength={2000} {...form.getInputProps('message')} />
    </ActionDialog>
  );
}

/** The contacts to choose from: the dialog's first field, also where they come after it has opened in the next one. */
function People({
  of,
  next,
}: {
  of: readonly { readonly id: string; readonly name: string; readonly email: string }[];
  next: RefObject<HTMLTextAreaElement | null>;
}) {
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (next.current && next.current === document.activeElement && !next.current.value) first.current?.focus();
  }, [next]);
  return (
    <Stack gap="xs" mt="xs">
      {of.map((one, at) => (
        <Checkbox
          key={one.id}
          value={one.email}
          label={one.name}
          description={one.email}
          {...(at === 0 ? { ref: first, 'data-autofocus': true } : {})}
        />
      ))}
    </Stack>
  );
}

/** Refusals of single addresses name the address, for they all stand in one field. */
function errorsOf(refusals: readonly Refusal[], recipients: readonly string[]): Record<string, string> {
  const errors = refusals.map((one): [string, string] => {
    const [field = '', at] = placeOf(one).split('.');
    if (field !== 'recipients') return [field, one.message];
    const address = at === undefined ? undefined : recipients[Number(at)];
    return ['others', address === undefined ? one.message : `${address}: ${one.message}`];
  });
  return Object.fromEntries(errors);
}
