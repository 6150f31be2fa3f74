import { Button, type ButtonProps } from '@mantine/core';
import type { ComponentPropsWithoutRef } from 'react';

/**
 * A button that says while what it does is under way. It keeps the focus meanwhile, which a disabled one would lose, and
 * does nothing a second time.
 */
export function ActionButton({ busy, ...props }: ButtonProps & ComponentPropsWithoutRef<'button'> & { busy: boolean }) {
  return (
    <Button
      {...props}
      loading={busy}
      renderRoot={({ disabled, onClick, ...root }) => (
        <button
          {...root}
          disabled={disabled && !busy}
          aria-disabled={busy || undefined}
          onClick={busy ? (event) => event.preventDefault() : onClick}
        />
      )}
    />
  );
}
