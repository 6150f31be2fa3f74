import { TextInput } from '@mantine/core';
import type { ComponentProps } from 'react';

/** An amount, typed in the person's own way of writing; its currency stands behind it. */
export function AmountInput({ currency, ...props }: { currency: string } & ComponentProps<typeof TextInput>) {
  return (
    <TextInput
      inputMode="decimal"
      autoComplete="off"
      maxLength={24}
      rightSection={
        <span aria-hidden style={{ fontSize: 'var(--mantine-font-size-xs)', color: 'var(--mantine-color-dimmed)' }}>
          {currency}
        </span>
      }
      rightSectionWidth={48}
      rightSectionPointerEvents="none"
      {...props}
    />
  );
}
