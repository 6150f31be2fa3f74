import { Menu, type MenuProps } from '@mantine/core';
import { type ReactElement, type RefObject, useEffect, useState } from 'react';

export type Target = RefObject<HTMLButtonElement | null>;

/** A menu whose button was pressed before its program was there: it opens at once. */
export function OpenMenu({ target, button, children, ...rest }: MenuProps & { target: Target; button: ReactElement }) {
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    target.current?.focus(); // It is another one than was pressed; when the menu closes, the focus comes back to it.
    setOpened(true);
  }, [target]);
  return (
    <Menu {...rest} opened={opened} onChange={setOpened}>
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}
