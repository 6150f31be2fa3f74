import { Alert, Stack, Text } from '@mantine/core';
import { Eye } from 'lucide-react';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { type Data, useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { SubNavigation } from '../../../ui/SubNavigation';
import { BillingSection } from './BillingSection';
import { BrandingSection } from './BrandingSection';
import { NumbersSection } from './NumbersSection';
import { OrganisationSection } from './OrganisationSection';
import { PortalSection } from './PortalSection';
import { type SectionProps, unregistered } from './section';
import { StaffSettingsDocument, type StaffSettingsQuery } from './settings.generated';
import { TaxesSection } from './TaxesSection';

const sections = {
  organisation: OrganisationSection,
  numbers: NumbersSection,
  taxes: TaxesSection,
  portal: PortalSection,
  billing: BillingSection,
  branding: BrandingSection,
} as const satisfies Record<string, ComponentType<SectionProps>>;

type Name = keyof typeof sections;
const isSection = (text: string): text is Name => text in sections;
const addressOf = (name: Name) => (name === 'organisation' ? '/settings' : `/settings/${name}`);

/** How the organisation stands on documents and works. The owner changes it, its other people read it. */
export default function Settings() {
  const { section = 'organisation' } = useParams();
  const settings = useData(StaffSettingsDocument, {});
  if (!isSection(section)) return <NotFound />;
  return <OneSection name={section} settings={settings} />;
}

function OneSection({ name, settings }: { name: Name; settings: Data<StaffSettingsQuery> }) {
  const { t } = useTranslation('settings');
  const me = useMe();
  const Content = sections[name];
  return (
    <Page title={t('title')} place="settings">
      <SubNavigation
        label={t('parts')}
        here={addressOf(name)}
        parts={(Object.keys(sections) as Name[]).map((part) => ({
          to: addressOf(part),
          label: t(`part.${part}`),
        }))}
      />
      {me.role !== 'OWNER' && (
        <Alert variant="light" icon={<Eye size={18} aria-hidden />}>
          <Text size="sm">{t('readOnly')}</Text>
        </Alert>
      )}
      <Loaded of={settings}>
        {({ organisation }) => (
          <Stack gap="lg">
            {organisation ? (
              <Content organisation={organisation} refresh={settings.refresh} />
            ) : (
              <>
                <Text>{t('unregistered')}</Text>
                <OrganisationSection organisation={unregistered} refresh={settings.refresh} />
              </>
            )}
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}
