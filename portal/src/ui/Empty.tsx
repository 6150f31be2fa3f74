import { Paper, Stack, Text, ThemeIcon } from '@mantine/core';
import { Inbox } from 'lucide-react';
import type { ReactNode } from 'react';

/** What stands where there is nothing, and what could be done about it. */
export function Empty({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <Paper withBorder p="xl" bg="var(--app-surface)">
      <Stack align="center" gap="sm" py="md">
        <ThemeIcon size={44} radius="xl" variant="light" aria-hidden>
          <Inbox size={22} />
        </ThemeIcon>
        <Text c="dimmed" ta="center">
          {text}
        </Text>
        {children}
      </Stack>
    </Paper>
  );
}
