import { Avatar, Text, UnstyledButton } from '@mantine/core';
import { ChevronsUpDown } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNeededPart } from '../ui/usePart';
import classes from './Shell.module.css';
import { useMe } from './viewer';

const loadMenu = () => import('./AccountMenu').then((module) => module.AccountMenu);

/** Who is signed in; a click opens the menu. */
export function Account() {
  const { t } = useTranslation();
  const me = useMe();
  const [asked, setAsked] = useState(false);
  const AccountMenu = useNeededPart(loadMenu, asked);
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
  return AccountMenu ? <AccountMenu target={target} button={button} /> : button;
}
