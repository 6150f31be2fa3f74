import {
  Alert,
  AppShell,
  Avatar,
  Burger,
  Button,
  Group,
  Menu,
  NavLink,
  ScrollArea,
  Stack,
  Text,
  UnstyledButton,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure, useNetwork } from '@mantine/hooks';
import { Check, ChevronsUpDown, Eye, KeyRound, Languages, LogOut, Moon, WifiOff } from 'lucide-react';
import { Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Outlet, ScrollRestoration, useLocation } from 'react-router';
import { follow } from '../api/live';
import { useAction } from '../api/useAction';
import { lookAsOneself } from '../api/viewAs';
import { SignOutDocument } from '../api/viewer.generated';
import { Bars } from '../ui/Loaded';
import { forgetDrafts } from '../ui/useDraft';
import { Brand } from './Brand';
import { choose, isLanguage, languages } from './i18n';
import type { NavEntry } from './navigation';
import classes from './Shell.module.css';
import { SignInAgain } from './SignInAgain';
import { useMe } from './viewer';

/** What stands around every page: where one can go, who one is, and whether the line to the server stands. */
export function Shell({ navigation }: { navigation: readonly NavEntry[] }) {
  const { t } = useTranslation();
  const me = useMe();
  const [opened, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  const { online } = useNetwork();
  useEffect(follow, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: going somewhere closes the menu
  useEffect(close, [pathname]);
  usePrintLight();
  return (
    <AppShell
      layout="alt"
      header={{ height: { base: 56, md: 0 }, collapsed: false }}
      navbar={{ width: 252, breakpoint: 'md', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', md: 'xl' }}
    >
      <a href="#main" className={classes.skip}>
        {t('skip')}
      </a>
      <AppShell.Header hiddenFrom="md" className={classes.header}>
        <Group h="100%" px="md" gap="sm" wrap="nowrap">
          <Burger opened={opened} onClick={toggle} size="sm" aria-label={t('menu')} aria-expanded={opened} />
          <Brand />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" className={classes.navbar} aria-label={t('menu')}>
        <Group px="xs" pb="md" pt={4} justify="space-between" wrap="nowrap">
          <Brand />
          <Burger
            opened={opened}
            onClick={toggle}
            size="sm"
            aria-label={t('menu')}
            aria-expanded={opened}
            hiddenFrom="md"
          />
        </Group>
        <ScrollArea flex={1} type="auto">
          <Stack gap={2}>
            {navigation.map((entry) => (
              <Entry key={entry.to} entry={entry} />
            ))}
          </Stack>
        </ScrollArea>
        <Account />
      </AppShell.Navbar>
      <AppShell.Main id="main" className={classes.main}>
        <div className={classes.content}>
          {me.viewingAs && (
            <Alert variant="light" color="yellow" mb="md" icon={<Eye size={18} aria-hidden />} data-print="hide">
              <Group justify="space-between">
                <Text size="sm">{t('viewAs.text')}</Text>
                <Button size="xs" variant="default" onClick={() => lookAsOneself(`/customers/${me.customerId ?? ''}`)}>
                  {t('viewAs.leave')}
                </Button>
              </Group>
            </Alert>
          )}
          {!online && (
            <Alert
              variant="light"
              color="gray"
              mb="md"
              icon={<WifiOff size={18} aria-hidden />}
              role="status"
              data-print="hide"
            >
              {t('error.offlineText')}
            </Alert>
          )}
          <Suspense fallback={<Bars />}>
            <Outlet />
          </Suspense>
        </div>
      </AppShell.Main>
      <SignInAgain />
      <ScrollRestoration />
    </AppShell>
  );
}

function Entry({ entry }: { entry: NavEntry }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const isHere = entry.to === '/' ? pathname === '/' : pathname === entry.to || pathname.startsWith(`${entry.to}/`);
  const Icon = entry.icon;
  return (
    <>
      {entry.group && (
        <Text size="xs" c="dimmed" fw={600} px="sm" pt="md" pb={4}>
          {t(`nav.group.${entry.group}`)}
        </Text>
      )}
      <NavLink
        component={Link}
        to={entry.to}
        label={t(`nav.${entry.label}`)}
        leftSection={<Icon size={18} strokeWidth={1.75} aria-hidden />}
        active={isHere}
        aria-current={isHere ? 'page' : undefined}
        className={classes.entry}
      />
    </>
  );
}

function Account() {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useAction(SignOutDocument, (result) => ({ ...result.signOut, userErrors: [] }));
  const leave = async () => {
    const outcome = await signOut.run({});
    if (outcome?.kind !== 'done') return;
    forgetDrafts();
    location.assign('/');
  };
  return (
    <Menu position="top-start" width={240}>
      <Menu.Target>
        <UnstyledButton className={classes.account} aria-label={t('account.menu', { name: me.name })}>
          <Avatar size={34} radius="xl" name={me.name} color="brand" variant="filled" aria-hidden />
          <span className={classes.who}>
            <Text size="sm" fw={550} truncate component="span">
              {me.name}
            </Text>
            <Text size="xs" c="dimmed" truncate component="span">
              {t(`role.${me.role}`)}
            </Text>
          </span>
          <ChevronsUpDown size={16} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
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
      </Menu.Dropdown>
    </Menu>
  );
}

/** Paper is white: what is printed is printed light. */
function usePrintLight() {
  useEffect(() => {
    const root = document.documentElement;
    const scheme = 'data-mantine-color-scheme';
    let before: string | null = null;
    const light = () => {
      before = root.getAttribute(scheme);
      root.setAttribute(scheme, 'light');
    };
    const back = () => before && root.setAttribute(scheme, before);
    window.addEventListener('beforeprint', light);
    window.addEventListener('afterprint', back);
    return () => {
      window.removeEventListener('beforeprint', light);
      window.removeEventListener('afterprint', back);
    };
  }, []);
}
