import { ActionIcon, NativeSelect, Text, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { ArrowDown, ArrowUp, Trash2 } from 'lucide-react';
import type { ClipboardEvent, KeyboardEvent } from 'react';
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

/** A line of a document being written: a row, or, where it is narrow, a card. */
export function LineFields(props: {
  form: UseFormReturnType<DocumentValues>;
  at: number;
  count: number;
  taxes: readonly { value: string; label: string }[];
  /** What it comes to, written out. */
  amount: string;
  errorOf: (place: string) => string | undefined;
  actions: LineActions;
}) {
  const { t } = useTranslation('editor');
  const { form, at, count, actions } = props;
  const number = at + 1;
  const place = (field: keyof LineValues) => `lines.${at}.${field}`;
  const fieldProps = (field: keyof LineValues) => ({
    ...form.getInputProps(place(field)),
    error: props.errorOf(place(field)),
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
        error={props.errorOf(place('tax'))}
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
          disabled={at === count - 1}
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
          disabled={count === 1}
          aria-label={t('line.remove', { number })}
          onClick={actions.onRemove}
        >
          <Trash2 size={16} aria-hidden />
        </ActionIcon>
      </div>
    </div>
  );
}
