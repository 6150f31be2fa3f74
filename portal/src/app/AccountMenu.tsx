import { Group, Menu, useMantineColorScheme } from '@mantine/core';
import { Check, KeyRound, Languages, LogOut, Moon } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useAction } from '../api/useAction';
import { lookAtNobody } from '../api/viewAs';
import { SignOutDocument } from '../api/viewer.generated';
import { OpenMenu, type Target } from '../ui/OpenMenu';
import { forgetDrafts } from '../ui/useDraft';
import { choose } from './i18n';
import { useMe } from './viewer';
import { isLanguage, languages } from './words';

/** Password, language, appearance, and the way out. */
export function AccountMenu({ target, button }: { target: Target; button: ReactElement }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useAction(SignOutDocument, (result) => ({ ...result.signOut, userErrors: [] }));
  const leave = async () => {
    const outcome = await signOut.run({});
    if (outcome?.kind !== 'done') return;
    forgetDrafts();
    lookAtNobody();
    location.assign('/');
  };
  return (
    <OpenMenu target={target} button={button} position="top-start" width={240}>
      <Menu.Label>{me.email}</Menu.Label>
      <Menu.Item component={Link} to="/security" leftSection={<KeyRound size={16} aria-hidden />}>
        {t('nav.security')}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Label>
        <Group gap={6}>
          <Languages size={14} aria-hidden /> {t('account.language')}
        </Group>
      </Menu.Label>
      {Object.entries(languages).map(([code, name]) => (
        <Menu.Item
          key={code}
          lang={code}
          onClick={() => isLanguage(code) && void choose(code)}
          rightSection={i18n.language === code ? <Check size={16} aria-label={t('account.chosen')} /> : null}
        >
          {name}
        </Menu.Item>
      ))}
      <Menu.Divider />
      <Menu.Label>
        <Group gap={6}>
          <Moon size={14} aria-hidden /> {t('account.appearance')}
        </Group>
      </Menu.Label>
      {(['auto', 'light', 'dark'] as const).map((scheme) => (
        <Menu.Item
          key={scheme}
          onClick={() => setColorScheme(scheme)}
          rightSection={colorScheme === scheme ? <Check size={16} aria-label={t('account.chosen')} /> : null}
        >
          {t(`account.scheme.${scheme}`)}
        </Menu.Item>
      ))}
      <Menu.Divider />
      <Menu.Item leftSection={<LogOut size={16} aria-hidden />} onClick={() => void leave()}>
        {t('account.signOut')}
      </Menu.Item>
    </OpenMenu>
  );
}
