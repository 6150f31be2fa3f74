import { NativeSelect, TextInput, type TextInputProps } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import classes from './DocumentEditor.module.css';
import type { DocumentValues } from './values';

/** A reduction, in percent or as an amount: of a line, or of the whole document. */
export function DiscountInput({
  form,
  place,
  ...rest
}: Omit<TextInputProps, 'form'> & {
  form: UseFormReturnType<DocumentValues>;
  /** Where it stands in the form: `discount`, or `lines.0.discount`. */
  place: string;
}) {
  const { t } = useTranslation('editor');
  return (
    <TextInput
      {...form.getInputProps(place)}
      {...rest}
      inputMode="decimal"
      autoComplete="off"
      rightSectionWidth={64}
      rightSectionPointerEvents="all"
      rightSection={
        <NativeSelect
          variant="unstyled"
          size="xs"
          className={classes.unit}
          rightSectionWidth={16}
          aria-label={t('line.discountIn')}
          {...form.getInputProps(`${place}In`)}
          data={[
            { value: 'percent', label: '%' },
            { value: 'amount', label: form.values.currency },
          ]}
        />
      }
    />
  );
}
