import { Button, Group } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useRouteError } from 'react-router';
import { customerLookedAt, lookAsOneself } from '../api/viewAs';
import { Empty } from '../ui/Empty';
import { Page } from '../ui/Page';

/** There is no such page, or no such thing that the person may see. */
export function NotFound() {
  const { t } = useTranslation();
  const { pathname, search } = useLocation();
  const isLookingAt = customerLookedAt() !== null;
  return (
    <Page title={t('notFound.title')}>
      <Empty text={t(isLookingAt ? 'viewAs.notHere' : 'notFound.text')}>
        <Group justify="center">
          {isLookingAt && (
            <Button onClick={() => lookAsOneself(`${pathname}${search}`)}>{t('viewAs.leaveHere')}</Button>
          )}
          <Button component={Link} to="/" variant="default">
            {t('notFound.home')}
          </Button>
        </Group>
      </Empty>
    </Page>
  );
}

/** A page opened without a network could not be loaded: it is, once there is one. */
function useReloadOnceOnline() {
  useEffect(() => {
    if (navigator.onLine) return;
    const reload = () => location.reload();
    window.addEventListener('online', reload);
    return () => window.removeEventListener('online', reload);
  }, []);
}

/** A page failed: a fault of ours, or a newer version of the pages is there and the old chunk is gone. */
export function Broken() {
  const { t } = useTranslation();
  const error = useRouteError();
  useEffect(() => {
    // biome-ignore lint/suspicious/noConsole: a fault is said where developers look
    console.error(error);
  }, [error]);
  useReloadOnceOnline();
  return (
    <Page title={t('error.title')}>
      <Empty text={t('error.page')}>
        <Group>
          <Button onClick={() => location.reload()}>{t('action.reload')}</Button>
        </Group>
      </Empty>
    </Page>
  );
}
