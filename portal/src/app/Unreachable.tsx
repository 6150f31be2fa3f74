import { Button, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { BrandMark } from './BrandMark';
import classes from './SignIn.module.css';

/** The page is here, but the server did not answer who is signed in. */
export function Unreachable() {
  const { t } = useTranslation();
  return (
    <div className={classes.page}>
      <main className={classes.main}>
        <Stack align="flex-start">
          <BrandMark />
          <Title order={1}>{t('error.offline')}</Title>
          <Text c="dimmed">{t('error.unreachable')}</Text>
          <Button onClick={() => location.reload()}>{t('action.retry')}</Button>
        </Stack>
      </main>
    </div>
  );
}
