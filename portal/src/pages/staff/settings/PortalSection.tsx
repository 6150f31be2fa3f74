import { Stack, Switch, Title } from '@mantine/core';
import { CreditCard, FlaskConical } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PortalSettingsInput } from '../../../api/schema.generated';
import { useMe } from '../../../app/viewer';
import { Notice } from '../../../ui/Notice';
import { SettingsForm } from './SettingsForm';
import { type SectionProps, useUpdateSettings } from './section';
import { useSettingsForm } from './useSettingsForm';

type Permission = keyof PortalSettingsInput;

const groups = ['estimates', 'invoices', 'subscriptions', 'account'] as const;

/** Everything that can be allowed, and what it concerns. */
const groupOf = {
  accept: 'estimates',
  decline: 'estimates',
  comment: 'estimates',
  pay: 'invoices',
  partPay: 'invoices',
  useCredit: 'invoices',
  dispute: 'invoices',
  forward: 'invoices',
  changeSubscription: 'subscriptions',
  pauseSubscription: 'subscriptions',
  cancelSubscription: 'subscriptions',
  updatePaymentMethod: 'account',
  editDetails: 'account',
  mail: 'account',
  review: 'account',
} as const satisfies Record<Permission, (typeof groups)[number]>;

const permissions = Object.keys(groupOf) as Permission[]; // Its keys, and no others.

/** What customers may do in the portal by themselves. */
export function PortalSection({ organisation, refresh }: SectionProps) {
  const { t } = useTranslation('settings');
  const settings = useSettingsForm({
    name: 'portal',
    organisation,
    refresh,
    read: ({ portal }) => ({ portal: allowed(portal) }),
    action: useUpdateSettings(),
    variables: ({ portal }, expectedVersion) => ({ input: { portal, expectedVersion } }),
  });
  const online = useMe().organisation?.onlinePayments;
  return (
    <SettingsForm title={t('portal.title')} lead={t('portal.lead')} of={settings}>
      {online === 'ABSENT' && (
        <Notice tone="neutral" icon={CreditCard} title={t('portal.noProvider.title')}>
          {t('portal.noProvider.text')}
        </Notice>
      )}
      {online === 'SANDBOX' && (
        <Notice tone="warn" icon={FlaskConical} title={t('portal.sandbox.title')}>
          {t('portal.sandbox.text')}
        </Notice>
      )}
      {groups.map((group) => (
        <Stack key={group} gap="sm" component="section" aria-label={t(`portal.group.${group}`)}>
          <Title order={3}>{t(`portal.group.${group}`)}</Title>
          {permissions
            .filter((permission) => groupOf[permission] === group)
            .map((permission) => (
              <Switch
                key={permission}
                label={t(`portal.may.${permission}.label`)}
                description={t(`portal.may.${permission}.hint`)}
                {...settings.form.getInputProps(`portal.${permission}`, { type: 'checkbox' })}
              />
            ))}
        </Stack>
      ))}
    </SettingsForm>
  );
}

/** What is allowed, and nothing else of the answer, as it is sent back. */
function allowed(portal: PortalSettingsInput): PortalSettingsInput {
  return {
    accept: portal.accept,
    decline: portal.decline,
    comment: portal.comment,
    pay: portal.pay,
    partPay: portal.partPay,
    useCredit: portal.useCredit ?? true,
    mail: portal.mail,
    review: portal.review,
    dispute: portal.dispute,
    forward: portal.forward,
    cancelSubscription: portal.cancelSubscription,
    pauseSubscription: portal.pauseSubscription,
    changeSubscription: portal.changeSubscription,
    editDetails: portal.editDetails,
    updatePaymentMethod: portal.updatePaymentMethod,
  };
}
