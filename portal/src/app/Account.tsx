import { Avatar, Text, UnstyledButton } from '@mantine/core';
import { ChevronsUpDown } from 'lucide-react';
import { lazy, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Shell.module.css';
import { useMe } from './viewer';

const AccountMenu = lazy(() => import('./AccountMenu').then((module) => ({ default: module.AccountMenu })));

/** Who is signed in; a click opens the menu, which is loaded with the first one. */
export function Account() {
  const { t } = useTranslation();
  const me = useMe();
  const [asked, setAsked] = useState(false);
  const target = useRef<HTMLButtonElement>(null);
  const button = (
    <UnstyledButton ref={target} className={classes.account} aria-haspopup="menu" onClick={() => setAsked(true)}>
      <span className="sr-only">{t('account.menu', { name: me.name })}</span>
      <Avatar size={34} radius="xl" name={me.name} color="brand" variant="filled" aria-hidden />
      <span className={classes.who} aria-hidden>
        <Text size="sm" fw={550} truncate component="span">
          {me.name}
        </Text>
        <Text size="xs" c="dimmed" truncate component="span">
          {t(`role.${me.role}`)}
        </Text>
      </span>
      <ChevronsUpDown size={16} aria-hidden />
    </UnstyledButton>
  );
  if (!asked) return button;
  return (
    <Suspense fallback={button}>
      <AccountMenu target={target}>{button}</AccountMenu>
    </Suspense>
  );
}
