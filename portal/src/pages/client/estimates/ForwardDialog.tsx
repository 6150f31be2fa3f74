import { Checkbox, Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { placeOf } from '../../../api/fieldErrors';
import { type Refusal, useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { useDraft } from '../../../ui/useDraft';
import { type EstimateQuery, ForwardEstimateDocument } from './estimates.generated';

const isField = (place: string) => place === 'message' || place.startsWith('recipients');

/** The addresses that a person typed, separated by commas, semicolons, spaces or lines. */
const addressesIn = (text: string) => text.split(/[\s,;]+/).filter(Boolean);

/** Sends the newest offer on by mail: to colleagues who are contacts, or to any other address. */
export function ForwardDialog(props: {
  estimate: NonNullable<EstimateQuery['estimate']>;
  opened: boolean;
  onClose: () => void;
}) {
  const { estimate } = props;
  const { t } = useTranslation(['estimates', 'common']);
  const forward = useAction(ForwardEstimateDocument, (result) => result.forwardEstimate);
  const { form, forget } = useDraft(`forward:${estimate.id}`, {
    initialValues: { contacts: [] as string[], others: '', message: '' },
    validate: (values) => ({
      others: values.contacts.length + addressesIn(values.others).length > 0 ? null : t('forward.nobody'),
    }),
  });
  const send = form.onSubmit(async (values) => {
    const recipients = [...values.contacts, ...addressesIn(values.others)];
    const message = values.message.trim() || null;
    const outcome = await forward.run({ input: { estimateId: estimate.id, recipients, message } });
    if (outcome?.kind === 'refused') form.setErrors(errorsOf(outcome.refusals, recipients));
    if (outcome?.kind !== 'done') return;
    form.setValues({ contacts: [], others: '', message: '' });
    forget();
    props.onClose();
    notifications.show({ message: t('forward.done', { count: recipients.length }) });
  });
  const people = estimate.customer?.contacts ?? [];
  return (
    <ActionDialog
      title={t('forward.title', { number: estimate.number })}
      opened={props.opened}
      onClose={props.onClose}
      action={forward}
      onSubmit={() => send()}
      submit={t('forward.submit')}
      isField={isField}
    >
      <Text size="sm">{t('forward.text')}</Text>
      {people.length > 0 && (
        <Checkbox.Group label={t('forward.contacts')} {...form.getInputProps('contacts')}>
          <Stack gap="xs" mt="xs">
            {people.map((one) => (
              <Checkbox key={one.id} value={one.email} label={one.name} description={one.email} />
            ))}
          </Stack>
        </Checkbox.Group>
      )}
      <Textarea
        label={t('forward.others')}
        description={t('forward.othersHelp')}
        autosize
        inputMode="email"
        {...form.getInputProps('others')}
      />
      <Textarea
        label={`${t('forward.message')} (${t('common:optional')})`}
        autosize
        minRows={3}
        maxLength={2000}
        {...form.getInputProps('message')}
      />
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
