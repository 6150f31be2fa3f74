import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { Facts, Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { AddressLines } from '../../../ui/Party';
import { Addresses } from './Addresses';
import type { AccountPartsFragment } from './account.generated';
import { CompanyForm } from './CompanyForm';
import { Contacts } from './Contacts';
import { mayEditDetails, useAccount } from './useAccount';

/** The customer as it stands on documents, its addresses, and the people who act for it. */
export default function Company() {
  const { t } = useTranslation('account');
  const account = useAccount();
  const mayEdit = mayEditDetails(useMe());
  return (
    <Page title={t('company.title')} subtitle={t('company.subtitle')}>
      <Loaded of={account}>
        {({ customer, viewer }) =>
          customer ? (
            <Stack gap="lg">
              {mayEdit ? (
                <>
                  <CompanyForm account={customer} />
                  <Addresses account={customer} />
                </>
              ) : (
                <ReadOnly account={customer} />
              )}
              <Contacts account={customer} own={viewer?.contactId ?? null} />
            </Stack>
          ) : (
            <NotFound />
          )
        }
      </Loaded>
    </Page>
  );
}

function ReadOnly({ account }: { account: AccountPartsFragment }) {
  const { t } = useTranslation('account');
  const { language } = useFormat();
  const spoken = new Intl.DisplayNames(language, { type: 'language' }).of(account.language);
  return (
    <>
      <Section title={t('company.section')}>
        <Facts
          of={[
            [t('field.company'), account.name],
            [t('field.email'), account.email],
            [t('field.phone'), account.phone],
            [t('field.taxId'), account.taxId],
            [t('field.language'), spoken],
          ]}
        />
        <Text size="sm" c="dimmed" mt="md">
          {t('readOnly')}
        </Text>
      </Section>
      <Section title={t('address.section')}>
        <Facts
          of={[
            [t('address.billing'), lines(account.billingAddress) ?? t('address.none')],
            [t('address.shipping'), lines(account.shippingAddress) ?? t('address.same')],
          ]}
        />
      </Section>
    </>
  );
}

function lines(of: AccountPartsFragment['billingAddress']) {
  return (
    of && (
      <Stack gap={0} component="address" fs="normal">
        <AddressLines address={of} />
      </Stack>
    )
  );
}
