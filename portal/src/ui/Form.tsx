import { type ReactNode, useEffect, useRef } from 'react';

/** Leads to the first field that is wrong, once it is shown as such. */
export function toFirstFault(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
}

/** A form that leads to what is wrong: where a try was refused, here or by the server, the first such field has the focus. */
export function Form(props: { busy?: boolean; onSubmit: () => void; children: ReactNode }) {
  const { busy = false } = props;
  const form = useRef<HTMLFormElement>(null);
  const wasBusy = useRef(false);
  useEffect(() => {
    if (wasBusy.current && !busy) toFirstFault(form.current);
    wasBusy.current = busy;
  }, [busy]);
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        props.onSubmit();
        toFirstFault(form.current);
      }}
    >
      {props.children}
    </form>
  );
}
