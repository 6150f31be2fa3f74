import { TextInput } from '@mantine/core';
import { useSearchParams } from 'react-router';
import { CustomerPicker } from './CustomerPicker';

/** One value of the page's address; null where it is not there. */
export function useParam(param: string): readonly [string | null, (value: string | null) => void] {
  const [params, setParams] = useSearchParams();
  const set = (value: string | null) =>
    setParams((before) => {
      if (value) before.set(param, value);
      else before.delete(param);
      return before;
    });
  return [params.get(param) || null, set];
}

/** A list of one customer only; kept in the page's address. */
export function CustomerFilter({ label, placeholder }: { label: string; placeholder: string }) {
  const [customer, set] = useParam('customer');
  return <CustomerPicker label={label} hideLabel placeholder={placeholder} value={customer} onChange={set} clearable />;
}

/** A list from or up to a day; kept in the page's address. */
export function DateFilter({ label, param }: { label: string; param: string }) {
  const [date, set] = useParam(param);
  return (
    <TextInput type="date" label={label} value={date ?? ''} onChange={({ currentTarget: { value } }) => set(value)} />
  );
}
