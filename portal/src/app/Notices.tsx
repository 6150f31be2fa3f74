import '@mantine/notifications/styles.layer.css';
import { MantineThemeProvider, Notification } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** What pops up to say that something is done; it can be closed by a button with a name. */
export function Notices() {
  const { t } = useTranslation();
  const theme = useMemo(() => {
    const closeButtonProps = { 'aria-label': t('action.close') };
    return { components: { Notification: Notification.extend({ defaultProps: { closeButtonProps } }) } };
  }, [t]);
  return (
    <MantineThemeProvider theme={theme}>
      <Notifications position="bottom-right" />
    </MantineThemeProvider>
  );
}
