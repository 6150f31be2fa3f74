import { Anchor, Button, Group, Stack, Text, ThemeIcon } from '@mantine/core';
import { CreditCard } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { NotFound } from '../../../app/NotFound';
import { Section } from '../../../ui/Facts';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { useAccount } from './useAccount';
import { useUpdateMethod } from './useUpdateMethod';

/**
 * The card or bank account that is stored. It can be updated, never added here: the first one is stored by paying an
 * invoice and having it remembered.
 */
export default function PaymentMethod() {
  const { t } = useTranslation('account');
  const account = useAccount();
  const update = useUpdateMethod();
  return (
    <Page title={t('method.title')} subtitle={t('method.subtitle')}>
      <Loaded of={account}>
        {({ customer }) => {
          if (!customer) return <NotFound />;
          const method = customer.paymentMethod;
          if (!method) return <NoMethod />;
          return (
            <Section title={t('method.stored')}>
              <Group justify="space-between">
                <Group wrap="nowrap">
                  <ThemeIcon size={44} radius="md" variant="light" aria-hidden>
                    <CreditCard size={22} />
                  </ThemeIcon>
                  <Text fw={600}>{method}</Text>
                </Group>
                {update && (
                  <Button onClick={() => update({ customerId: customer.id, before: method })}>
                    {t('method.update')}
                  </Button>
                )}
              </Group>
              <Stack gap={4} mt="md">
                <Text size="sm">{t('method.usedFor')}</Text>
                <Text size="sm" c="dimmed">
                  {t(update ? 'method.where' : 'method.notHere')}
                </Text>
              </Stack>
            </Section>
          );
        }}
      </Loaded>
    </Page>
  );
}

function NoMethod() {
  const { t } = useTranslation('account');
  return (
    <Section title={t('method.none')}>
      <Stack gap="xs">
        <Text size="sm">{t('method.how')}</Text>
        <Text size="sm">
          <Anchor component={Link} to="/invoices" inherit>
            {t('method.toInvoices')}
          </Anchor>
        </Text>
      </Stack>
    </Section>
  );
}
