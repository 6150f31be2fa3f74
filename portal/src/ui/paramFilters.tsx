import { TextInput } from '@mantine/core';
import { CustomerPicker } from './CustomerPicker';
import { useAddress } from './useAddress';

/** One value of the page's address; null where it is not there. */
export function useParam(param: string): readonly [string | null, (value: string | null) => void] {
  const [params, change] = useAddress();
  const set = (value: string | null) =>
    change((address) => {
      if (value) address.set(param, value);
      else address.delete(param);
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
