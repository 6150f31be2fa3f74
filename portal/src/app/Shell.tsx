import { Alert, Burger, Group, NavLink, Stack, Text } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { WifiOff } from 'lucide-react';
import { lazy, Suspense, useCallback, useEffect, useRef, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, type Location, Outlet, ScrollRestoration, useLocation } from 'react-router';
import { follow } from '../api/live';
import { hasSessionEnded, subscribeToSession } from '../api/session';
import { Bars } from '../ui/Loaded';
import { useOnline } from '../ui/useOnline';
import { whenIdle } from '../ui/whenIdle';
import { Account } from './Account';
import { Brand } from './Brand';
import type { NavEntry } from './navigation';
import { SandboxNote } from './SandboxNote';
import classes from './Shell.module.css';
import { ViewingAs } from './ViewingAs';
import { useMe } from './viewer';

const SetUp = lazy(() => import('./SetUp').then((module) => ({ default: module.SetUp })));
const SignInAgain = lazy(() => import('./SignInAgain').then((module) => ({ default: module.SignInAgain })));

/** What stands around every page: where one can go, who one is, and whether the line to the server stands. */
export function Shell({ navigation }: { navigation: readonly NavEntry[] }) {
  const { t } = useTranslation();
  const me = useMe();
  const [opened, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  const isSettings = /^\/(settings|security)(\/|$)/.test(pathname);
  const online = useOnline();
  const hasEnded = useSyncExternalStore(subscribeToSession, hasSessionEnded);
  useEffect(followWhenIdle, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: going somewhere closes the menu
  useEffect(close, [pathname]);
  usePrintLight();
  // On a narrow screen the menu lies over the page, or out of sight: what is not seen is out of reach.
  const isNarrow = useMediaQuery('(max-width: 61.99em)', false, { getInitialValueInEffect: false });
  const covers = isNarrow && opened;
  const burger = useRef<HTMLButtonElement>(null);
  const inMenu = useRef<HTMLButtonElement>(null);
  const leaveMenu = useCallback(() => {
    close();
    requestAnimationFrame(() => burger.current?.focus());
  }, [close]);
  useEffect(() => {
    if (!covers) return;
    inMenu.current?.focus();
    const leaveByEscape = ({ key, target }: KeyboardEvent) => {
      // What pops up over the menu closes by itself.
      const isHere = target === document.body || (target instanceof Element && target.closest('nav') !== null);
      if (key === 'Escape' && isHere) leaveMenu();
    };
    window.addEventListener('keydown', leaveByEscape);
    return () => window.removeEventListener('keydown', leaveByEscape);
  }, [covers, leaveMenu]);
  return (
    <>
      <a href="#main" className={classes.skip} inert={covers}>
        {t('skip')}
      </a>
      <header className={classes.header} inert={covers}>
        <Burger ref={burger} opened={opened} onClick={toggle} size="sm" aria-label={t('menu')} aria-expanded={opened} />
        <Brand />
      </header>
      <nav
        className={classes.navbar}
        data-opened={opened || undefined}
        aria-label={t('menu')}
        inert={isNarrow && !opened}
      >
        <Group px="xs" pb="md" pt={4} justify="space-between" wrap="nowrap">
          <Brand />
          <Burger
            ref={inMenu}
            opened={opened}
            onClick={leaveMenu}
            size="sm"
            aria-label={t('menu')}
            aria-expanded={opened}
            hiddenFrom="md"
          />
        </Group>
        <Stack gap={2} className={classes.places}>
          {navigation.map((entry) => (
            <Entry key={entry.to} entry={entry} />
          ))}
        </Stack>
        <Account />
      </nav>
      <main id="main" className={classes.main} inert={covers}>
        <div className={classes.content}>
          <SandboxNote />
          {me.viewingAs && me.customerId && <ViewingAs customerId={me.customerId} />}
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
            {me.organisation === null && <SetUp isShown={!isSettings} />}
            {(me.organisation !== null || isSettings) && <Outlet />}
          </Suspense>
        </div>
      </main>
      {hasEnded && (
        <Suspense fallback={null}>
          <SignInAgain />
        </Suspense>
      )}
      <ScrollRestoration getKey={keyOf} />
    </>
  );
}

/** A first load has the key `default` whatever its page: what was scrolled on another page is not for this one. */
const keyOf = ({ key, pathname }: Location) => (key === 'default' ? pathname : key);

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

/** The page comes first, then the line. */
function followWhenIdle(): () => void {
  let stop = () => {};
  const callOff = whenIdle(() => {
    stop = follow();
  });
  return () => {
    callOff();
    stop();
  };
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
