import { Button } from '@mantine/core';
import { ChevronDown } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNeededPart } from './usePart';

export interface MenuEntry {
  label: string;
  icon?: ReactNode;
  onClick: () => void;
  danger?: boolean;
}

const loadEntries = () => import('./MoreEntries').then((module) => module.MoreEntries);

/** More ▾: what else can be done. Entries that are false are not there; without any there is no menu. */
export function MoreMenu({ entries }: { entries: readonly (MenuEntry | false | null)[] }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const MoreEntries = useNeededPart(loadEntries, asked);
  const target = useRef<HTMLButtonElement>(null);
  const there = entries.filter((entry): entry is MenuEntry => !!entry);
  if (there.length === 0) return null;
  const button = (
    <Button
      ref={target}
      variant="default"
      aria-haspopup="menu"
      rightSection={<ChevronDown size={16} aria-hidden />}
      onClick={() => setAsked(true)}
    >
      {t('action.more')}
    </Button>
  );
  return MoreEntries ? <MoreEntries target={target} button={button} entries={there} /> : button;
}
