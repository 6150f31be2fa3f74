import { NativeSelect } from '@mantine/core';
import { useAddress } from './useAddress';

/** A filter in a drop-down, kept in the page's address: it can be linked to, and Back undoes it. */
export function FilterSelect(props: {
  label: string;
  param: string;
  /** Value and name; the first one is what holds without a choice. */
  options: readonly (readonly [string, string])[];
}) {
  const [params, change] = useAddress();
  const usual = props.options[0]?.[0] ?? '';
  return (
    <NativeSelect
      aria-label={props.label}
      value={params.get(props.param) ?? usual}
      onChange={({ currentTarget: { value } }) =>
        change((address) => {
          if (value === usual) address.delete(props.param);
          else address.set(props.param, value);
        })
      }
      data={props.options.map(([value, label]) => ({ value, label }))}
    />
  );
}
