import { TextInput } from '@mantine/core';
import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { usePart } from './usePart';

export interface CustomerPickerProps {
  value: string | null;
  onChange: (customerId: string | null) => void;
  /** Default: "Customer". */
  label?: string;
  /** Without a visible label, as a filter above a list. */
  hideLabel?: boolean;
  description?: ReactNode;
  /** What it says while nobody is chosen. */
  placeholder?: string;
  error?: ReactNode;
  required?: boolean;
  disabled?: boolean;
  /** Whether the choice can be taken back. */
  clearable?: boolean;
}

const loadSearch = () => import('./CustomerSearch').then((module) => module.CustomerSearch);

/**
 * A customer, chosen by typing how its name begins. The value is the customer's id, null while none is chosen. What
 * searches is no part of the first load: until it is there, an empty field holds its place, and the focus.
 */
export function CustomerPicker(props: CustomerPickerProps) {
  const { t } = useTranslation();
  const hasFocus = useRef(false);
  const { part: Search, failure } = usePart(loadSearch, true);
  if (Search) return <Search {...props} autoFocus={hasFocus.current} />;
  const label = props.label ?? t('customerPicker.label');
  return (
    <TextInput
      {...(props.hideLabel ? { 'aria-label': label } : { label })}
      description={props.description}
      placeholder={props.value ? '' : (props.placeholder ?? t('customerPicker.placeholder'))}
      error={failure ? t('error.part') : props.error}
      required={props.required ?? false}
      disabled={props.disabled ?? false}
      readOnly
      onFocus={() => {
        hasFocus.current = true;
      }}
      onBlur={() => {
        hasFocus.current = false;
      }}
    />
  );
}
