import { Alert, Box, Button, Group, Stack, Text } from '@mantine/core';
import { RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Section } from '../../../ui/Facts';
import { Problems } from '../../../ui/Problems';
import classes from './SettingsForm.module.css';
import type { SettingsForm as Form } from './useSettingsForm';

/** A titled form of the settings with its button; those who only read it see the same, without one. */
export function SettingsForm<Values extends Record<string, unknown>>({
  title,
  lead,
  of,
  after,
  children,
}: {
  title: string;
  /** What it is for. */
  lead?: string;
  of: Form<Values>;
  /** Below the form, what belongs to it. */
  after?: ReactNode;
  children: ReactNode;
}) {
  const { t } = useTranslation('settings');
  const { t: common } = useTranslation();
  return (
    <Section title={title}>
      <form noValidate onSubmit={of.submit} aria-label={title}>
        <Stack gap="md">
          {lead && (
            <Text size="sm" c="dimmed" maw={640}>
              {lead}
            </Text>
          )}
          <fieldset className={classes.fields} disabled={!of.mayEdit}>
            <Stack gap="md">{children}</Stack>
          </fieldset>
          {of.isOutdated && <Outdated of={of} />}
          <Problems of={of.action} except={of.isField} />
          {of.mayEdit && (
            <Group gap="sm" mt="xs">
              <Button type="submit" loading={of.action.busy}>
                {common('action.save')}
              </Button>
              {of.isUnsaved && !of.action.busy && (
                <Button variant="subtle" onClick={of.reset}>
                  {t('discard')}
                </Button>
              )}
              <Text size="sm" c="dimmed" role="status">
                {of.isUnsaved ? t('unsaved') : ''}
              </Text>
            </Group>
          )}
        </Stack>
      </form>
      {after && <Box mt="lg">{after}</Box>}
    </Section>
  );
}

function Outdated<Values extends Record<string, unknown>>({ of }: { of: Form<Values> }) {
  const { t } = useTranslation('settings');
  return (
    <Alert variant="light" role="alert" icon={<RefreshCw size={18} aria-hidden />} title={t('outdated.title')}>
      <Stack gap="sm">
        <Text size="sm">{t('outdated.text')}</Text>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={of.reset}>
            {t('outdated.take')}
          </Button>
          <Button size="xs" variant="default" onClick={of.insist}>
            {t('outdated.keep')}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
