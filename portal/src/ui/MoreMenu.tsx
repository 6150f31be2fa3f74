import { Button, Menu } from '@mantine/core';
import { ChevronDown } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';

export interface MenuEntry {
  label: string;
  icon?: ReactNode;
  onClick: () => void;
  danger?: boolean;
}

/** More ▾: what else can be done. Entries that are false are not there; without any there is no menu. */
export function MoreMenu({ entries }: { entries: readonly (MenuEntry | false | null)[] }) {
  const { t } = useTranslation();
  const target = useRef<HTMLButtonElement>(null);
  const there = entries.filter((entry): entry is MenuEntry => !!entry);
  if (there.length === 0) return null;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button ref={target} variant="default" rightSection={<ChevronDown size={16} aria-hidden />}>
          {t('action.more')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {there.map((entry) => (
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
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
