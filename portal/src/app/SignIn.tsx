import { Anchor, Button, Code, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAction } from '../api/useAction';
import { SignInDocument } from '../api/viewer.generated';
import { Problems } from '../ui/Problems';
import { BrandMark } from './BrandMark';
import { boot } from './boot';
import { choose } from './i18n';
import { SandboxNote } from './SandboxNote';
import classes from './SignIn.module.css';
import { SignInForm } from './SignInForm';
import { isLanguage, languages } from './words';

/** The first page of who is not signed in; it leads to whatever was asked for. */
export function SignIn({ onDone }: { onDone: () => void }) {
  const { t, i18n } = useTranslation('signin');
  const name = boot.organisation?.name ?? 'Billing portal';
  useEffect(() => {
    document.title = `${t('title')} · ${name}`;
  }, [t, name]);
  return (
    <div className={classes.page}>
      <main className={classes.main}>
        <Stack gap="lg">
          <Stack gap="xs" align="flex-start">
            <BrandMark />
            <Title order={1}>{t('heading', { name })}</Title>
            <Text c="dimmed">{t('lead')}</Text>
          </Stack>
          <SandboxNote />
          {boot.needsOwner && <FirstOwner />}
          <Paper withBorder p="lg" bg="var(--app-surface)">
            <SignInForm onDone={onDone} />
          </Paper>
          {boot.demo && <Demonstration demo={boot.demo} onDone={onDone} />}
          <Group gap="md" component="nav" aria-label={t('language')}>
            {Object.entries(languages).map(([code, name]) => (
              <Anchor
                key={code}
                component="button"
                type="button"
                size="sm"
                lang={code}
                aria-current={i18n.language === code}
                c={i18n.language === code ? 'var(--mantine-color-text)' : 'dimmed'}
                className={classes.language}
                onClick={() => isLanguage(code) && void choose(code)}
              >
                {name}
              </Anchor>
            ))}
          </Group>
        </Stack>
      </main>
    </div>
  );
}

/** How a new installation gets somebody who can sign in. */
function FirstOwner() {
  const { t } = useTranslation('signin');
  return (
    <Paper component="section" withBorder p="lg" bg="var(--app-surface)" aria-label={t('owner.title')}>
      <Stack gap="sm">
        <Title order={2}>{t('owner.title')}</Title>
        <Text size="sm">{t('owner.text')}</Text>
        <Code block className={classes.command}>
          {'billing account create --role owner --email you@example.com --name "Your Name"'}
        </Code>
        <Text size="sm">{t('owner.then')}</Text>
      </Stack>
    </Paper>
  );
}

function Demonstration({ demo, onDone }: { demo: NonNullable<typeof boot.demo>; onDone: () => void }) {
  const { t } = useTranslation('signin');
  const signIn = useAction(SignInDocument, (result) => result.signIn);
  const [asked, setAsked] = useState('');
  const enter = async (email: string) => {
    setAsked(email);
    const outcome = await signIn.run({ email, password: demo.password });
    if (outcome?.kind === 'done') onDone();
  };
  return (
    <Paper component="section" withBorder p="lg" bg="var(--app-surface)" aria-label={t('demo.title')}>
      <Stack gap="sm">
        <div>
          <Title order={2}>{t('demo.title')}</Title>
          <Text size="sm" c="dimmed">
            {t('demo.text')}
          </Text>
        </div>
        <div className={classes.demo}>
          {demo.accounts.map(({ label, email }) => (
            <Button
              key={email}
              variant="default"
              h="auto"
              py={8}
              loading={signIn.busy && asked === email}
              onClick={() => void enter(email)}
            >
              {t(`demo.${label}` as 'demo.customer', { defaultValue: label })}
            </Button>
          ))}
        </div>
        <Problems of={signIn} />
      </Stack>
    </Paper>
  );
}
