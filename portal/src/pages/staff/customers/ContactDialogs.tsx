import { Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { placeOf } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { useDraft } from '../../../ui/useDraft';
import {
  StaffAddContactDocument,
  type StaffContactPartsFragment,
  StaffRemoveContactDocument,
  StaffUpdateContactDocument,
} from './customers.generated';

const isField = (place: string) => /^contact\.(name|email|phone)$/.test(place);

/** Adds a person who acts for a customer, or changes one. */
export function ContactDialog(props: {
  customerId: string;
  /** The person to be changed; null for a new one. */
  contact: StaffContactPartsFragment | null;
  opened: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation(['customers', 'common']);
  const { customerId, contact } = props;
  const add = useAction(StaffAddContactDocument, (result) => result.addContact);
  const update = useAction(StaffUpdateContactDocument, (result) => result.updateContact);
  const action = contact ? update : add;
  const { form, forget } = useDraft(`contact:${customerId}:${contact?.id ?? 'new'}`, {
    initialValues: { name: contact?.name ?? '', email: contact?.email ?? '', phone: contact?.phone ?? '' },
    validate: ({ name, email }): Record<string, string> => ({
      ...(name.trim() ? {} : { name: t('required') }),
      ...(email.trim() ? {} : { email: t('required') }),
    }),
  });
  const close = () => {
    action.clear();
    form.clearErrors();
    props.onClose();
  };
  const submit = form.onSubmit(async ({ name, email, phone }) => {
    const person = { name: name.trim(), email: email.trim(), phone: phone.trim() || null };
    const outcome = contact
      ? await update.run({ input: { customerId, contactId: contact.id, contact: person } })
      : await add.run({ input: { customerId, contact: person } });
    if (outcome?.kind === 'refused') {
      const shown = outcome.refusals.filter((one) => isField(placeOf(one)));
      form.setErrors(Object.fromEntries(shown.map((one) => [placeOf(one).slice('contact.'.length), one.message])));
    }
    if (outcome?.kind !== 'done') return;
    forget();
    close();
    notifications.show({ message: t('saved') });
  });
  return (
    <ActionDialog
      title={contact ? t('contacts.edit', { name: contact.name }) : t('contacts.add')}
      opened={props.opened}
      onClose={close}
      action={action}
      onSubmit={submit}
      submit={t('common:action.save')}
      isField={isField}
    >
      <TextInput label={t('contact.name')} required autoComplete="off" data-autofocus {...form.getInputProps('name')} />
      <TextInput
        label={t('contact.email')}
        description={t('contact.emailText')}
        type="email"
        required
        autoComplete="off"
        {...form.getInputProps('email')}
      />
      <TextInput label={t('contact.phone')} type="tel" autoComplete="off" {...form.getInputProps('phone')} />
    </ActionDialog>
  );
}

/** Removes a person, and with it any way into the portal. */
export function RemoveContact(props: {
  customerId: string;
  contact: StaffContactPartsFragment | null;
  opened: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation(['customers', 'common']);
  const remove = useAction(StaffRemoveContactDocument, (result) => result.removeContact);
  const { contact } = props;
  const close = () => {
    remove.clear();
    props.onClose();
  };
  const submit = async () => {
    if (!contact) return;
    const outcome = await remove.run({ input: { customerId: props.customerId, contactId: contact.id } });
    if (outcome?.kind !== 'done') return;
    close();
    notifications.show({ message: t('contacts.removed', { name: contact.name }) });
  };
  return (
    <ActionDialog
      title={t('contacts.remove', { name: contact?.name ?? '' })}
      opened={props.opened}
      onClose={close}
      action={remove}
      onSubmit={() => void submit()}
      submit={t('common:action.remove')}
      danger
    >
      <Text size="sm">{t('contacts.removeText')}</Text>
    </ActionDialog>
  );
}
