import { Button, Group, Text } from '@mantine/core';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

export interface Pages {
  /** The cursor that the page begins after; null for the first page. */
  after: string | null;
  number: number;
  next: (cursor: string | null) => void;
  previous: () => void;
}

/** Goes through a connection page by page; `of` names what is listed, so that another filter begins at its first page. */
export function usePages(of: string): Pages {
  const [cursors, setCursors] = useState<(string | null)[]>([null]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list, another beginning
  useEffect(() => setCursors([null]), [of]);
  return {
    after: cursors.at(-1) ?? null,
    number: cursors.length,
    next: (cursor) => setCursors((before) => (cursor === null ? before : [...before, cursor])),
    previous: () => setCursors((before) => (before.length > 1 ? before.slice(0, -1) : before)),
  };
}

/** Steps between pages; nothing where all fits on one. */
export function Pager({
  pages,
  info,
}: {
  pages: Pages;
  info: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}) {
  const { t } = useTranslation();
  if (pages.number === 1 && !info.hasNextPage) return null;
  return (
    <Group component="nav" aria-label={t('pages.label')} justify="space-between">
      <Button
        variant="default"
        leftSection={<ChevronLeft size={16} aria-hidden />}
        disabled={pages.number === 1}
        onClick={pages.previous}
      >
        {t('pages.previous')}
      </Button>
      <Text size="sm" c="dimmed" aria-live="polite">
        {t('pages.number', { number: pages.number })}
      </Text>
      <Button
        variant="default"
        rightSection={<ChevronRight size={16} aria-hidden />}
        disabled={!info.hasNextPage}
        onClick={() => pages.next(info.endCursor)}
      >
        {t('pages.next')}
      </Button>
    </Group>
  );
}
