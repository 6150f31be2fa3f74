import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useAddress } from './useAddress';

/** The server looks for no fewer characters. */
const fewest = 2;

/**
 * Words to look for, kept in the page's address once the person stops typing. The server looks for at least two
 * characters; fewer are kept in the field and asked for nothing (`useSearched`).
 */
export function SearchField({ label, param = 'q' }: { label: string; param?: string }) {
  const { t } = useTranslation();
  const [params, changeAddress] = useAddress();
  const asked = params.get(param) ?? '';
  const [typed, setTyped] = useState(asked);
  const sent = useRef(asked);
  const send = useDebouncedCallback((text: string) => {
    sent.current = text.trim();
    changeAddress(
      (address) => {
        if (sent.current) address.set(param, sent.current);
        else address.delete(param);
      },
      { replace: true },
    );
  }, 250);
  // Back, or a link, asks for something else than what was typed here.
  useEffect(() => {
    if (asked === sent.current) return;
    sent.current = asked;
    setTyped(asked);
  }, [asked]);
  const isTooShort = typed.trim() !== '' && [...typed.trim()].length < fewest;
  const change = (text: string) => {
    setTyped(text);
    send(text);
  };
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      description={isTooShort && t('search.tooShort')}
      inputWrapperOrder={['input', 'description']}
      value={typed}
      maxLength={100}
      onChange={(event) => change(event.currentTarget.value)}
      leftSection={<Search size={16} aria-hidden />}
      rightSection={typed && <CloseButton size="sm" aria-label={t('action.remove')} onClick={() => change('')} />}
    />
  );
}

/** What is looked for by the page's address; null where it is too short to look for. */
export function useSearched(param = 'q'): string | null {
  const [params] = useSearchParams();
  const text = [...(params.get(param) ?? '').trim()].slice(0, 100);
  return text.length >= fewest ? text.join('') : null;
}
