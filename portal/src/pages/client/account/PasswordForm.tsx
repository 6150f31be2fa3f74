import { Group, PasswordInput, Progress, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { ActionButton } from '../../../ui/ActionButton';
import { Section } from '../../../ui/Facts';
import { Form } from '../../../ui/Form';
import { Problems } from '../../../ui/Problems';
import { ChangePasswordDocument } from './account.generated';

/** The server takes no shorter one. */
const fewest = 12;

/** Changes one's own password. What is typed is kept nowhere. */
export function PasswordForm() {
  const { t } = useTranslation('account');
  const me = useMe();
  const form = useForm({
    initialValues: { current: '', next: '', repeated: '' },
    validate: {
      current: (value) => (value ? null : t('password.currentMissing')),
      next: (value) => ([...value].length < fewest ? t('password.short', { count: fewest }) : null),
      repeated: (value, { next }) => (value === next ? null : t('password.different')),
    },
  });
  const action = useAction(ChangePasswordDocument, (result) => result.changePassword);
  const submit = form.onSubmit(async ({ current, next }) => {
    const outcome = await action.run({ currentPassword: current, newPassword: next });
    if (outcome?.kind === 'refused') {
      for (const { code, field, message } of outcome.refusals) {
        if (code === wrong) form.setFieldError('current', t('password.wrong'));
        else if (field.at(-1) === 'newPassword') form.setFieldError('next', message);
      }
    }
    if (outcome?.kind !== 'done') return;
    form.reset();
    notifications.show({ message: t('password.done') });
  });
  const shown = { ...action, refusals: action.refusals.filter(({ code }) => code !== wrong) };
  const field = (name: 'current' | 'next' | 'repeated') => ({
    ...form.getInputProps(name),
    'aria-invalid': !!form.errors[name],
  });
  const show = { 'aria-label': t('password.show') };
  return (
    <Section title={t('password.title')}>
      <Form busy={action.busy} onSubmit={submit}>
        <Stack maw={420}>
          {/* Tells password managers whose password it is. */}
          <input type="text" name="username" autoComplete="username" value={me.email} readOnly hidden />
          <PasswordInput
            label={t('password.current')}
            autoComplete="current-password"
            visibilityToggleButtonProps={show}
            {...field('current')}
          />
          <div>
            <PasswordInput
              label={t('password.next')}
              description={t('password.rule', { count: fewest })}
              autoComplete="new-password"
              visibilityToggleButtonProps={show}
              {...field('next')}
            />
            <Strength of={form.values.next} />
          </div>
          <PasswordInput
            label={t('password.repeated')}
            autoComplete="new-password"
            visibilityToggleButtonProps={show}
            {...field('repeated')}
          />
          <Text size="sm" c="dimmed">
            {t('password.follows')}
          </Text>
          <Problems of={shown} except={(place) => place === 'newPassword'} />
          <Group>
            <ActionButton type="submit" busy={action.busy}>
              {t('password.submit')}
            </ActionButton>
          </Group>
        </Stack>
      </Form>
    </Section>
  );
}

/** The server does not say which of the two is wrong; who is signed in has the right address. */
const wrong = 'WRONG_CREDENTIALS';

/** How long a password is, in a word and a bar: length is what makes it hard to guess. */
function Strength({ of }: { of: string }) {
  const { t } = useTranslation('account');
  const words = useId();
  const length = [...of].length;
  if (length === 0) return null;
  const grade = length < fewest ? 'short' : length < 16 ? 'fair' : length < 20 ? 'good' : 'strong';
  const colors = { short: 'red', fair: 'yellow', good: 'teal', strong: 'green' } as const;
  return (
    <Stack gap={4} mt={8}>
      <Progress.Root size="sm">
        <Progress.Section value={Math.min(100, length * 5)} color={colors[grade]} aria-labelledby={words} />
      </Progress.Root>
      <Text size="xs" c="dimmed" id={words} aria-live="polite">
        {t(`password.strength.${grade}`)}
      </Text>
    </Stack>
  );
}
