import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useData } from '../api/useData';
import type { CustomerPickerProps } from './CustomerPicker';
import { CustomerChoicesDocument, CustomerChosenDocument } from './customerPicker.generated';

interface Choice {
  readonly id: string;
  readonly name: string;
}

/** The field of `CustomerPicker`, which is fetched after the page's own program. */
export function CustomerSearch(props: CustomerPickerProps & { autoFocus: boolean }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState<Choice | null>(null);
  // Chosen before this field was there: by the page's address, say.
  const named = useData(
    CustomerChosenDocument,
    { id: props.value ?? '' },
    { paused: !props.value || chosen?.id === props.value, live: false },
  );
  const current = [chosen, named.data?.customer].find((one) => one && one.id === props.value) ?? null;
  // Who opens the list after a choice sees everybody, not only the one that stands in the field.
  const isSearch = typed.trim() !== '' && typed !== current?.name;
  const wanted = isSearch ? typed.trim() : '';
  const [text] = useDebouncedValue(wanted, 150);
  const found = useData(CustomerChoicesDocument, { text: text || null }, { live: false });
  const isWaiting = text !== wanted || found.refreshing;
  const choices: Choice[] = [...(found.data?.customers.nodes ?? [])];
  if (current && !isSearch && !choices.some(({ id }) => id === current.id)) choices.unshift(current);
  const label = props.label ?? t('customerPicker.label');
  return (
    <Select
      {...(props.hideLabel ? { 'aria-label': label } : { label })}
      description={props.description}
      placeholder={props.placeholder ?? t('customerPicker.placeholder')}
      error={props.error}
      required={props.required ?? false}
      disabled={props.disabled ?? false}
      autoFocus={props.autoFocus}
      clearable={props.clearable ?? false}
      clearButtonProps={{ 'aria-label': t('customerPicker.clear'), 'aria-hidden': false, tabIndex: 0 }}
      searchable
      data={choices.map(({ id, name }) => ({ value: id, label: name }))}
      // The server has chosen already.
      filter={({ options }) => options}
      value={current ? current.id : null}
      onChange={(id) => {
        setChosen(choices.find((one) => one.id === id) ?? null);
        props.onChange(id);
      }}
      searchValue={typed}
      onSearchChange={setTyped}
      nothingFoundMessage={isWaiting ? t('loading') : t('customerPicker.nothing')}
      // The first one found is the one that Enter takes, as soon as it is there.
      selectFirstOptionOnChange={isSearch && !isWaiting}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && isSearch && isWaiting) event.preventDefault();
      }}
      allowDeselect={false}
      maxDropdownHeight={280}
      comboboxProps={{ shadow: 'md', withinPortal: false }}
    />
  );
}
