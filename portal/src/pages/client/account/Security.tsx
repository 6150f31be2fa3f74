import { Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { ActionButton } from '../../../ui/ActionButton';
import { Section } from '../../../ui/Facts';
import { Page } from '../../../ui/Page';
import { Problems } from '../../../ui/Problems';
import { SignOutOthersDocument } from './account.generated';
import { PasswordForm } from './PasswordForm';

/** One's own password, and where else one is signed in. */
export default function Security() {
  const { t } = useTranslation('account');
  const { viewingAs } = useMe();
  return (
    <Page title={t('security.title')}>
      {viewingAs ? (
        <Text c="dimmed">{t('security.viewingAs')}</Text>
      ) : (
        <Stack gap="lg">
          <PasswordForm />
          <OtherSessions />
        </Stack>
      )}
    </Page>
  );
}

function OtherSessions() {
  const { t } = useTranslation('account');
  const action = useAction(SignOutOthersDocument, (result) => result.signOutOthers);
  const submit = async () => {
    const outcome = await action.run({});
    if (outcome?.kind === 'done') notifications.show({ message: t('others.done', { count: outcome.payload.ended }) });
  };
  return (
    <Section title={t('others.title')}>
      <Stack align="flex-start">
        <Text size="sm">{t('others.text')}</Text>
        <Problems of={action} />
        <Group>
          <ActionButton variant="default" busy={action.busy} onClick={() => void submit()}>
            {t('others.submit')}
          </ActionButton>
        </Group>
      </Stack>
    </Section>
  );
}
