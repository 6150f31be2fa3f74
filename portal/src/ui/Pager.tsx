import { Button, Group, Text } from '@mantine/core';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { rememberList } from './listAddress';

export interface Pages {
  /** The cursor that the page begins after; null for the first page. */
  after: string | null;
  number: number;
  next: (cursor: string | null) => void;
  previous: () => void;
}

/** What the browser's history keeps of a page of a list: the cursors of the pages before it. */
interface Kept {
  before?: readonly (string | null)[];
}

/**
 * Goes through a connection page by page. The address names the page (`?after=CURSOR&page=2`), so that Back from a
 * document returns to it, a reload keeps it, and whoever is given the address sees it. Another filter takes it out of the
 * address (`useAddress`). A page has one such list at most; others use `usePagesHere`.
 */
export function usePages(): Pages {
  const { pathname, search, state } = useLocation();
  const navigate = useNavigate();
  useEffect(() => rememberList(pathname, search), [pathname, search]);
  const params = new URLSearchParams(search);
  const after = params.get('after');
  const asked = Number(params.get('page'));
  const number = after === null ? 1 : Number.isInteger(asked) && asked > 1 && asked < 1e6 ? asked : 2;
  const kept: Kept | null = state;
  const before = after === null ? [] : (kept?.before ?? [null]);
  const go = (cursor: string | null, page: number, state: Kept) => {
    const address = new URLSearchParams(search);
    for (const [name, value] of [
      ['after', cursor],
      ['page', cursor && String(page)],
    ] as const) {
      if (value) address.set(name, value);
      else address.delete(name);
    }
    navigate({ pathname, search: address.toString() }, { state });
  };
  return {
    after,
    number,
    next: (cursor) => cursor !== null && go(cursor, number + 1, { before: [...before, after] }),
    previous: () => go(before.at(-1) ?? null, number - 1, { before: before.slice(0, -1) }),
  };
}

/** The same for a list that is not what its page is about: the address does not name its page. */
export function usePagesHere(of: string): Pages {
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
