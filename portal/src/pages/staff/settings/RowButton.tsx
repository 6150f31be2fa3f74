import { ActionIcon } from '@mantine/core';
import type { ReactNode } from 'react';

/** A small button at the end of a row, which says what it does where it is pointed at. */
export function RowButton(props: { label: string; icon: ReactNode; onClick: () => void; disabled?: boolean }) {
  return (
    <ActionIcon
      size={34}
      variant="default"
      aria-label={props.label}
      title={props.label}
      disabled={props.disabled ?? false}
      onClick={props.onClick}
    >
      {props.icon}
    </ActionIcon>
  );
}
