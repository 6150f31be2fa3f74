import { Alert } from '@mantine/core';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Tone } from './State';

/** Something to be known about the page as it stands, in the colours of the states, which are legible everywhere. */
export function Notice(props: { tone: Tone; title: string; icon: LucideIcon; role?: string; children?: ReactNode }) {
  const { icon: Icon } = props;
  const text = `var(--tone-${props.tone}-text)`;
  return (
    <Alert
      role={props.role ?? 'note'}
      variant="light"
      title={props.title}
      icon={<Icon size={18} aria-hidden />}
      styles={{
        root: { background: `var(--tone-${props.tone})` },
        icon: { color: text },
        label: { color: text },
        message: { color: text },
      }}
    >
      {props.children}
    </Alert>
  );
}
