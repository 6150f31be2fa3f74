import { NativeSelect } from '@mantine/core';
import { useSearchParams } from 'react-router';

/** A filter in a drop-down, kept in the page's address: it can be linked to, and Back undoes it. */
export function FilterSelect(props: {
  label: string;
  param: string;
  /** Value and name; the first one is what holds without a choice. */
  options: readonly (readonly [string, string])[];
}) {
  const [params, setParams] = useSearchParams();
  const usual = props.options[0]?.[0] ?? '';
  return (
    <NativeSelect
      aria-label={props.label}
      value={params.get(props.param) ?? usual}
      onChange={({ currentTarget: { value } }) =>
        setParams((before) => {
          if (value === usual) before.delete(props.param);
          else before.set(props.param, value);
          return before;
        })
      }
      data={props.options.map(([value, label]) => ({ value, label }))}
    />
  );
}
