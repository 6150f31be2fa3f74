import { Checkbox, Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { placeOf } from '../../../api/fieldErrors';
import { type Refusal, useAction } from '../../../api/useAction';
import { useData } from '../../../api/useData';
import { ActionDialog } from '../../../ui/ActionDialog';
import { Loaded } from '../../../ui/Loaded';
import { useDraft } from '../../../ui/useDraft';
import type { ShownInvoice } from './Invoice';
import { ForwardContactsDocument, ForwardInvoiceDocument } from './invoices.generated';

const isField = (place: string) => place === 'message' || place.startsWith('recipients');

/** The addresses that a person typed, by commas, semicolons, spaces or lines. */
const addressesIn = (text: string) => text.split(/[\s,;]+/).filter(Boolean);

/** Sends the invoice on by mail: to colleagues who are contacts, or to any other address. */
export function ForwardDialog(props: { invoice: ShownInvoice; opened: boolean; onClose: () => void }) {
  const { invoice } = props;
  const { t } = useTranslation('invoices');
  const contacts = useData(
    ForwardContactsDocument,
    { customer: invoice.customer?.id ?? '' },
    { paused: !props.opened || !invoice.customer },
  );
  const action = useAction(ForwardInvoiceDocument, (result) => result.forwardInvoice);
  const { form, forget } = useDraft(`forward:${invoice.id}`, {
    initialValues: { contacts: [] as string[], others: '', message: '' },
    validate: (values) => ({
      others: values.contacts.length + addressesIn(values.others).length > 0 ? null : t('forward.nobody'),
    }),
  });
  const submit = form.onSubmit(async (values) => {
    const recipients = [...values.contacts, ...addressesIn(values.others)];
    const message = values.message.trim() || null;
    const outcome = await action.run({ input: { invoiceId: invoice.id, recipients, message } });
    if (outcome?.kind === 'refused') form.setErrors(errorsOf(outcome.refusals, recipients));
    if (outcome?.kind !== 'done') return;
    form.reset();
    forget();
    props.onClose();
    notifications.show({ message: t('forward.done', { count: recipients.length }) });
  });
  const people = contacts.data?.customer?.contacts ?? [];
  return (
    <ActionDialog
      title={t('forward.title', { number: invoice.number })}
      opened={props.opened}
      onClose={props.onClose}
      action={action}
      onSubmit={() => submit()}
      submit={t('forward.submit')}
      isField={isField}
    >
      <Text size="sm">{t('forward.text')}</Text>
      <Loaded of={contacts}>
        {() =>
          people.length > 0 && (
            <Checkbox.Group label={t('forward.contacts')} {...form.getInputProps('contacts')}>
              <Stack gap="xs" mt="xs">
                {people.map((one) => (
                  <Checkbox key={one.id} value={one.email} label={one.name} description={one.email} />
                ))}
              </Stack>
            </Checkbox.Group>
          )
        }
      </Loaded>
      <Textarea
        label={t('forward.others')}
        description={t('forward.othersHelp')}
        autosize
        inputMode="email"
        {...form.getInputProps('others')}
      />
      <Textarea label={t('forward.message')} autosize minRows={3} maxLength={2000} {...form.getInputProps('message')} />
    </ActionDialog>
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
