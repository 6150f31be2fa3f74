import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { useAction } from '../api/useAction';
import { SignInDocument } from '../api/viewer.generated';
import { Problems } from '../ui/Problems';

/** Address and password. */
export function SignInForm({
  email = '',
  fixed = false,
  onDone,
}: {
  email?: string;
  fixed?: boolean;
  onDone: () => void;
}) {
  const { t } = useTranslation('signin');
  const form = useForm({
    initialValues: { email, password: '' },
    validate: {
      email: (value) => (value.includes('@') ? null : t('email.missing')),
      password: (value) => (value ? null : t('password.missing')),
    },
  });
  const signIn = useAction(SignInDocument, (result) => result.signIn);
  const submit = form.onSubmit(async ({ email, password }) => {
    const outcome = await signIn.run({ email: email.trim(), password });
    if (outcome?.kind === 'done') onDone();
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={t('email.label')}
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          readOnly={fixed}
          {...form.getInputProps('email')}
        />
        <PasswordInput
          label={t('password.label')}
          autoComplete="current-password"
          required
          withAsterisk={false}
          visibilityToggleButtonProps={{ 'aria-label': t('password.show') }}
          {...form.getInputProps('password')}
        />
        <Problems of={signIn} title={t('refused')} />
        <Button type="submit" size="md" loading={signIn.busy} fullWidth>
          {t('submit')}
        </Button>
      </Stack>
    </form>
  );
}
