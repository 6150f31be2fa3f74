import { ActionIcon, NativeSelect, Text, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { ArrowDown, ArrowUp, Trash2 } from 'lucide-react';
import { type ClipboardEvent, type KeyboardEvent, memo } from 'react';
import { useTranslation } from 'react-i18next';
import { DiscountInput } from './DiscountInput';
import classes from './DocumentEditor.module.css';
import type { DocumentValues, LineValues } from './values';

type AmountField = 'quantity' | 'unitPrice';

/** What can be done with a line beside filling it in. */
export interface LineActions {
  /** Enter: on to the same field of the next line, which is added where there is none. */
  onEnter: (field: string) => void;
  onPaste: (event: ClipboardEvent<HTMLTextAreaElement>) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}

interface LineProps {
  form: UseFormReturnType<DocumentValues>;
  at: number;
  /** What stands in it. */
  line: LineValues;
  isLast: boolean;
  /** Whether there is no other. */
  isOnly: boolean;
  currency: string;
  taxes: readonly { value: string; label: string }[];
  /** What it comes to, written out. */
  amount: string;
  /** What is wrong with its fields. */
  errors: Partial<Record<keyof LineValues, string>>;
  actions: LineActions;
}

/**
 * A line of a document being written: a row, or, where it is narrow, a card. It is drawn again only where something of
 * it has changed: sixty lines for every key would be felt. The form's and the actions' functions read what stands there
 * when they are called.
 */
export const LineFields = memo(
  Fields,
  (before, now) =>
    before.at === now.at &&
    before.isLast === now.isLast &&
    before.isOnly === now.isOnly &&
    before.currency === now.currency &&
    before.taxes === now.taxes &&
    before.amount === now.amount &&
    alike(before.line, now.line) &&
    alike(before.errors, now.errors),
);

const alike = (one: object, other: object) => JSON.stringify(one) === JSON.stringify(other);

function Fields(props: LineProps) {
  const { t } = useTranslation('editor');
  const { form, at, actions } = props;
  const number = at + 1;
  const place = (field: keyof LineValues) => `lines.${at}.${field}`;
  const fieldProps = (field: keyof LineValues) => ({
    ...form.getInputProps(place(field)),
    error: props.errors[field],
    'data-line': at,
    'data-field': field,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || event.shiftKey || event.ctrlKey || event.metaKey || event.nativeEvent.isComposing) {
        return;
      }
      event.preventDefault();
      actions.onEnter(field);
    },
  });
  const amountProps = (field: AmountField) => ({
    ...fieldProps(field),
    label: t(`line.${field}`),
    inputMode: 'decimal' as const,
    autoComplete: 'off',
  });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid of subgrids in every browser
    <div role="group" aria-label={t('line.name', { number })} className={classes.line}>
      <Textarea
        {...fieldProps('description')}
        className={classes.description}
        label={t('line.description')}
        autosize
        minRows={1}
        maxRows={8}
        onPaste={actions.onPaste}
      />
      <TextInput {...amountProps('quantity')} className={classes.number} />
      <TextInput {...amountProps('unitPrice')} className={classes.number} />
      <DiscountInput
        {...fieldProps('discount')}
        form={form}
        place={place('discount')}
        label={t('line.discount')}
        className={classes.number}
      />
      <NativeSelect
        {...form.getInputProps(place('tax'))}
        error={props.errors.tax}
        label={t('line.tax')}
        data={[...props.taxes]}
      />
      <Text size="sm" component="output" className={classes.amount} aria-label={t('line.amount')}>
        {props.amount}
      </Text>
      <div className={classes.buttons}>
        <ActionIcon
          variant="subtle"
          color="gray"
          disabled={at === 0}
          aria-label={t('line.up', { number })}
          data-line={at}
          data-field="up"
          onClick={() => actions.onMove(-1)}
        >
          <ArrowUp size={16} aria-hidden />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          disabled={props.isLast}
          aria-label={t('line.down', { number })}
          data-line={at}
          data-field="down"
          onClick={() => actions.onMove(1)}
        >
          <ArrowDown size={16} aria-hidden />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          disabled={props.isOnly}
          aria-label={t('line.remove', { number })}
          onClick={actions.onRemove}
        >
          <Trash2 size={16} aria-hidden />
        </ActionIcon>
      </div>
    </div>
  );
}
