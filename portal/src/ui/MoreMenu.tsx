import { Button, type ButtonProps } from '@mantine/core';
import { ChevronDown } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNeededPart } from './usePart';

/** Something to do, or a page to go to. */
export type MenuEntry = { label: string; icon?: ReactNode } & (
  | { onClick: () => void; danger?: boolean }
  | { to: string }
);

const loadEntries = () => import('./MoreEntries').then((module) => module.MoreEntries);

/** More ▾: what else can be done. Entries that are false are not there; without any there is no menu. */
export function MoreMenu(props: {
  entries: readonly (MenuEntry | false | null)[];
  /** Default: "More". */
  label?: string;
  button?: Pick<ButtonProps, 'variant' | 'leftSection'>;
}) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const MoreEntries = useNeededPart(loadEntries, asked);
  const target = useRef<HTMLButtonElement>(null);
  const there = props.entries.filter((entry): entry is MenuEntry => !!entry);
  if (there.length === 0) return null;
  const button = (
    <Button
      ref={target}
      variant="default"
      {...props.button}
      aria-haspopup="menu"
      rightSection={<ChevronDown size={16} aria-hidden />}
      onClick={() => setAsked(true)}
    >
      {props.label ?? t('action.more')}
    </Button>
  );
  return MoreEntries ? <MoreEntries target={target} button={button} entries={there} /> : button;
}
