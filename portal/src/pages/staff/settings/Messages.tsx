import { useTranslation } from 'react-i18next';
import { useLocation, useSearchParams } from 'react-router';
import { Page } from '../../../ui/Page';
import { SubNavigation } from '../../../ui/SubNavigation';
import { Letters } from './Letters';
import { Outbox } from './Outbox';
import { Reviews } from './Reviews';

const parts = { letters: Letters, reviews: Reviews, outbox: Outbox } as const;
type Part = keyof typeof parts;
const isPart = (text: string): text is Part => text in parts;
const addressOf = (part: Part) => (part === 'letters' ? '/messages' : `/messages?show=${part}`);

/** What customers wrote and think, and what was mailed to them. */
export default function Messages() {
  const { t } = useTranslation('settings');
  const [params] = useSearchParams();
  const { pathname } = useLocation();
  const asked = params.get('show') ?? 'letters';
  const part = isPart(asked) ? asked : 'letters';
  const Content = parts[part];
  return (
    <Page title={t('messages.title')} place={pathname}>
      <SubNavigation
        label={t('messages.parts')}
        here={addressOf(part)}
        parts={(Object.keys(parts) as Part[]).map((one) => ({ to: addressOf(one), label: t(`messages.part.${one}`) }))}
      />
      <Content />
    </Page>
  );
}
