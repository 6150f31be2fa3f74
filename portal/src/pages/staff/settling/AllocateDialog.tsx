import { Radio, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import type { Failure, Outcome, Refusal } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { type Money, readAmount, useFormat } from '../../../ui/format';
import { useDraft } from '../../../ui/useDraft';
import { AmountInput } from './AmountInput';
import { isPositive, smaller, typed } from './amounts';

/** One thing that can be chosen: an invoice to be settled, or credit to settle one from. */
export interface Choice {
  id: string;
  name: string;
  /** Beside the name: a date, how much. */
  about: string;
  /** How much there is of it. */
  most: string;
}

const isField = (place: string) => place === 'amount';

/**
 * Settles an invoice from credit: one side is given, the other is chosen, and how much of it. Without an amount it is as
 * much as there is on both sides.
 */
export function AllocateDialog(props: {
  name: string;
  title: string;
  text: string;
  legend: string;
  choices: readonly Choice[];
  /** How much there is on the given side. */
  most: Money;
  opened: boolean;
  onClose: () => void;
  action: { busy: boolean; refusals: readonly Refusal[]; failure: Failure | null; clear: () => void };
  send: (id: string, amount: string) => Promise<Outcome<unknown> | null>;
  done: string;
}) {
  const { t } = useTranslation('settling');
  const format = useFormat();
  const { currency } = props.most;
  const { form, forget } = useDraft(props.name, {
    initialValues: { id: '', amount: '' },
    validate: ({ id, amount }): Record<string, string> => {
      // What was chosen before a reload may be gone.
      if (!props.choices.some((one) => one.id === id)) return { id: t('allocate.chooseOne') };
      const read = readAmount(amount);
      return read === null || !isPositive(read) ? { amount: t('notAnAmount') } : {};
    },
  });
  const close = () => {
    props.action.clear();
    form.clearErrors();
    props.onClose();
  };
  const choose = (id: string) => {
    const most = props.choices.find((one) => one.id === id)?.most ?? '0';
    form.setValues({ id, amount: typed(smaller(most, props.most.amount), format.language) });
    form.clearErrors();
  };
  const submit = form.onSubmit(async ({ id, amount }) => {
    const outcome = await props.send(id, readAmount(amount) ?? '');
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
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
      submit={t('allocate.submit')}
      isField={isField}
      disabled={props.choices.length === 0}
    >
      <Text size="sm">{props.text}</Text>
      <Radio.Group label={props.legend} value={form.values.id} onChange={choose} error={form.errors.id} required>
        <Stack gap="xs" mt="xs">
          {props.choices.map((choice, at) => (
            <Radio
              data-autofocus={at === 0 || undefined}
              key={choice.id}
              value={choice.id}
              label={choice.name}
              description={choice.about}
            />
          ))}
        </Stack>
      </Radio.Group>
      <AmountInput label={t('amount')} currency={currency} required {...form.getInputProps('amount')} />
    </ActionDialog>
  );
}
