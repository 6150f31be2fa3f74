import { Modal, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { refreshAll } from '../api/live';
import { sessionRenewed } from '../api/session';
import { SignInForm } from './SignInForm';
import { useMe } from './viewer';

/** The sign-in has ended while a page was open: the page stays, with all that was typed, and goes on after the password. */
export function SignInAgain() {
  const { t } = useTranslation('signin');
  const me = useMe();
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} title={t('again.title')} zIndex={400}>
      <Stack>
        <Text size="sm">{t('again.text')}</Text>
        <SignInForm
          email={me.email}
          fixed
          onDone={() => {
            sessionRenewed();
            refreshAll();
          }}
        />
      </Stack>
    </Modal>
  );
}
