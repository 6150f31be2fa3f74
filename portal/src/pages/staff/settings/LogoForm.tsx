import { Button, FileButton, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { ImageUp, Trash2 } from 'lucide-react';
import { type FormEvent, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { placeOf } from '../../../api/fieldErrors';
import { useMe } from '../../../app/viewer';
import { Section } from '../../../ui/Facts';
import { Problems } from '../../../ui/Problems';
import classes from './BrandingSection.module.css';
import { accepted, addressOf, type Fault, type Picture, readPicture } from './picture';
import { type SectionProps, useUpdateBranding } from './section';

/** What shall become of the logo, until it is saved; it is not kept in the tab, for it is no text. */
type Change = { kind: 'put'; picture: Picture } | { kind: 'remove' };

const isOfLogo = (place: string) => place.startsWith('logo');

/** The merchant's logo: shown, chosen from the person's files, or removed. */
export function LogoForm({ organisation, refresh }: SectionProps) {
  const { t } = useTranslation('settings');
  const { t: common } = useTranslation();
  const mayEdit = useMe().role === 'OWNER';
  const action = useUpdateBranding();
  const [change, setChange] = useState<Change | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const resetFile = useRef<() => void>(null);
  const button = useRef<HTMLButtonElement>(null);
  const ids = { hint: useId(), error: useId() };
  const refused = action.refusals.find((one) => isOfLogo(placeOf(one)))?.message;
  const error = fault ? t(`branding.logo.fault.${fault}`) : refused;

  const become = (next: Change | null) => {
    action.clear();
    setFault(null);
    setChange(next);
  };
  const choose = async (file: File | null) => {
    if (!file) return;
    const read = await readPicture(file);
    resetFile.current?.(); // So that the same file, mended, can be chosen again.
    if (typeof read === 'object') return become({ kind: 'put', picture: read });
    become(change);
    setFault(read);
  };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!change) return;
    setFault(null);
    const what = change.kind === 'put' ? { logo: change.picture } : { removeLogo: true };
    const outcome = await action.run({ input: { ...what, expectedVersion: organisation.version } });
    if (outcome?.kind === 'done') {
      become(null);
      button.current?.focus();
      notifications.show({ message: t('saved') });
    }
    if (outcome?.kind === 'refused') button.current?.focus();
    // What somebody else has changed is shown, and the next try goes on from there.
    if (outcome?.kind === 'failed' && outcome.failure.kind === 'conflict') refresh();
  };

  const source =
    change?.kind === 'put' ? addressOf(change.picture) : change?.kind === 'remove' ? null : organisation.branding.logo;
  return (
    <Section title={t('branding.logo.title')}>
      <form noValidate onSubmit={submit} aria-label={t('branding.logo.title')}>
        <Stack gap="md">
          <Text size="sm" c="dimmed" maw={640}>
            {t('branding.logo.lead')}
          </Text>
          {source ? (
            <Looks source={source} name={t(change ? 'branding.logo.chosen' : 'branding.logo.present')} />
          ) : (
            <Text size="sm">{t(change ? 'branding.logo.removed' : 'branding.logo.none')}</Text>
          )}
          {mayEdit && (
            <Stack gap={6}>
              <Group gap="sm">
                <FileButton accept={accepted} onChange={choose} resetRef={resetFile} disabled={action.busy}>
                  {(props) => (
                    <Button
                      {...props}
                      ref={button}
                      variant="default"
                      leftSection={<ImageUp size={16} aria-hidden />}
                      aria-describedby={error ? `${ids.hint} ${ids.error}` : ids.hint}
                    >
                      {t(source ? 'branding.logo.chooseOther' : 'branding.logo.choose')}
                    </Button>
                  )}
                </FileButton>
                {source && (
                  <Button
                    variant="subtle"
                    color="red"
                    leftSection={<Trash2 size={16} aria-hidden />}
                    disabled={action.busy}
                    onClick={() => {
                      become(organisation.branding.logo ? { kind: 'remove' } : null);
                      button.current?.focus();
                    }}
                  >
                    {t('branding.logo.remove')}
                  </Button>
                )}
              </Group>
              <Text size="xs" c="dimmed" id={ids.hint}>
                {t('branding.logo.hint')}
              </Text>
              {error && (
                <Text size="sm" c="var(--mantine-color-error)" role="alert" id={ids.error}>
                  {error}
                </Text>
              )}
            </Stack>
          )}
          <Problems of={action} except={isOfLogo} />
          {mayEdit && (
            <Group gap="sm" mt="xs">
              <Button type="submit" loading={action.busy} disabled={!change}>
                {common('action.save')}
              </Button>
              {change && !action.busy && (
                <Button variant="subtle" onClick={() => become(null)}>
                  {t('discard')}
                </Button>
              )}
              <Text size="sm" c="dimmed" role="status">
                {change ? t('unsaved') : ''}
              </Text>
            </Group>
          )}
        </Stack>
      </form>
    </Section>
  );
}

/** The logo as it looks on light and on dark pages. */
function Looks({ source, name }: { source: string; name: string }) {
  const { t } = useTranslation('settings');
  return (
    <div className={classes.looks}>
      {(['light', 'dark'] as const).map((ground) => (
        <figure key={ground} className={classes.look}>
          <div className={`${classes.ground} ${classes[ground]}`}>
            <img src={source} alt={name} />
          </div>
          <Text size="xs" c="dimmed" component="figcaption" mt={4}>
            {t(`branding.logo.on.${ground}`)}
          </Text>
        </figure>
      ))}
    </div>
  );
}
