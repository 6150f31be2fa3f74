import { Button } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useData } from '../api/useData';
import { ViewerDocument } from '../api/viewer.generated';
import { Empty } from '../ui/Empty';
import { Page } from '../ui/Page';
import { useMe } from './viewer';

/** What no page can do without: until the organisation is set up, every page but the settings leads there. */
export function SetUp({ isShown }: { isShown: boolean }) {
  const { t } = useTranslation();
  const isOwner = useMe().role === 'OWNER';
  const { data } = useData(ViewerDocument, {});
  const isSetUp = !!data?.organisation;
  useEffect(() => {
    // The whole portal begins anew: who is signed in is told with it how the organisation works.
    if (isSetUp) location.reload();
  }, [isSetUp]);
  if (!isShown) return null;
  return (
    <Page title={t('setUp.title')}>
      <Empty text={t(isOwner ? 'setUp.text' : 'setUp.ask')}>
        {isOwner && (
          <Button component={Link} to="/settings">
            {t('setUp.action')}
          </Button>
        )}
      </Empty>
    </Page>
  );
}
