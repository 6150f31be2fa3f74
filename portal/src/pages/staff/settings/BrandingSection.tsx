import { Alert, Button, Group, Text, TextInput } from '@mantine/core';
import { RefreshCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { boot } from '../../../app/boot';
import { ownAccent } from '../../../app/theme';
import { useFormat } from '../../../ui/format';
import classes from './BrandingSection.module.css';
import { neededContrast, whiteContrast } from './contrast';
import { LogoForm } from './LogoForm';
import { SettingsForm } from './SettingsForm';
import { type SectionProps, sent, shown, useUpdateBranding } from './section';
import { useSettingsForm } from './useSettingsForm';

/** How the pages look to everybody: the colour of their buttons, and the logo. */
export function BrandingSection({ organisation, refresh }: SectionProps) {
  return (
    <>
      <ReloadOffer organisation={organisation} />
      <AccentForm organisation={organisation} refresh={refresh} />
      <LogoForm organisation={organisation} refresh={refresh} />
    </>
  );
}

/** Offers to load the page again where it was loaded with another colour or logo than there are now. */
function ReloadOffer({ organisation: { branding } }: Pick<SectionProps, 'organisation'>) {
  const { t } = useTranslation('settings');
  const { t: common } = useTranslation();
  const { accent = null, logo = null } = boot.organisation ?? {};
  const isShown = branding.accent === accent && branding.logo === logo;
  return (
    <div role="status" hidden={isShown}>
      {!isShown && (
        <Alert variant="light" icon={<RefreshCw size={18} aria-hidden />} title={t('branding.reload.title')}>
          <Text size="sm" mb="sm">
            {t('branding.reload.text')}
          </Text>
          <Button size="xs" onClick={() => location.reload()}>
            {common('action.reload')}
          </Button>
        </Alert>
      )}
    </div>
  );
}

function AccentForm({ organisation, refresh }: SectionProps) {
  const { t } = useTranslation('settings');
  const settings = useSettingsForm({
    name: 'branding',
    organisation,
    refresh,
    read: ({ branding }) => ({ accent: shown(branding.accent) }),
    action: useUpdateBranding(),
    variables: ({ accent }, expectedVersion) => ({ input: { accent: sent(accent), expectedVersion } }),
  });
  const { form, mayEdit } = settings;
  const typed = form.values.accent.trim();
  const colour = typed === '' ? ownAccent : typed;
  const isColour = whiteContrast(colour) !== null;
  return (
    <SettingsForm title={t('branding.accent.title')} lead={t('branding.accent.lead')} of={settings}>
      <TextInput
        w={{ base: '100%', xs: 440 }}
        label={t('branding.accent.label')}
        description={t('branding.accent.hint')}
        placeholder={ownAccent}
        spellCheck={false}
        autoComplete="off"
        leftSectionWidth={46}
        leftSectionPointerEvents="all"
        leftSection={
          <input
            type="color"
            className={classes.colour}
            aria-label={t('branding.accent.choose')}
            value={isColour ? colour : ownAccent}
            onChange={(event) => form.setFieldValue('accent', event.currentTarget.value)}
          />
        }
        {...form.getInputProps('accent')}
      />
      {isColour && <Sample colour={colour} isOwn={typed === ''} />}
      {mayEdit && typed !== '' && (
        <Group>
          <Button variant="default" size="xs" onClick={() => form.setFieldValue('accent', '')}>
            {t('branding.accent.reset')}
          </Button>
        </Group>
      )}
    </SettingsForm>
  );
}

/** A button in that colour, and whether it can be read. */
function Sample({ colour, isOwn }: { colour: string; isOwn: boolean }) {
  const { t } = useTranslation('settings');
  const { language } = useFormat();
  const contrast = whiteContrast(colour) ?? 0;
  const ratio = new Intl.NumberFormat(language).format(Math.floor(contrast * 10) / 10);
  return (
    <div className={classes.samples}>
      <span className={classes.sample} style={{ backgroundColor: colour }} aria-hidden>
        {t('branding.accent.sample')}
      </span>
      <Text size="sm" c="dimmed" aria-live="polite">
        {isOwn && `${t('branding.accent.own')} `}
        {t(contrast >= neededContrast ? 'branding.accent.readable' : 'branding.accent.tooLight', { ratio })}
      </Text>
    </div>
  );
}
