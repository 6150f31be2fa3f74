import { Menu } from '@mantine/core';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { MenuEntry } from './MoreMenu';
import { OpenMenu, type Target } from './OpenMenu';

/** The open menu of `MoreMenu`. */
export function MoreEntries(props: { target: Target; button: ReactElement; entries: readonly MenuEntry[] }) {
  const { target, button, entries } = props;
  return (
    <OpenMenu target={target} button={button} position="bottom-end">
      {entries.map((entry) =>
        'to' in entry ? (
          <Menu.Item key={entry.label} leftSection={entry.icon} component={Link} to={entry.to}>
            {entry.label}
          </Menu.Item>
        ) : (
          <Menu.Item
            key={entry.label}
            leftSection={entry.icon}
            onClick={() => {
              target.current?.focus(); // A dialog that opens gives the focus back to what is still there.
              entry.onClick();
            }}
            c={entry.danger ? 'var(--mantine-color-error)' : undefined}
          >
            {entry.label}
          </Menu.Item>
        ),
      )}
    </OpenMenu>
  );
}
