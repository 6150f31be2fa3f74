import { Anchor, Button, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useData } from '../../../api/useData';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { Bars, Loaded } from '../../../ui/Loaded';
import { AgedTable } from '../books/AgedTable';
import { StaffCustomerAgeingDocument, type StaffCustomerPartsFragment } from './customers.generated';
import { ExplainBalance } from './ExplainBalance';

/** What the customer owes and for how long, what it has to its credit, and, if asked, why. */
export function CustomerBalance({ customer, today }: { customer: StaffCustomerPartsFragment; today: string }) {
  const { t } = useTranslation('customers');
  const [explained, { toggle }] = useDisclosure(false);
  const ageing = useData(StaffCustomerAgeingDocument, { id: customer.id, asOf: today });
  return (
    <Section
      title={t('balance.title')}
      actions={
        <Button variant="subtle" size="xs" onClick={toggle} aria-expanded={explained}>
          {t(explained ? 'balance.hide' : 'balance.explain')}
        </Button>
      }
    >
      <Stack gap="md">
        <Loaded of={ageing} skeleton={<Bars rows={2} />}>
          {({ ageing: { totals } }) =>
            totals.length === 0 ? (
              <Text c="dimmed" size="sm">
                {t('balance.none')}
              </Text>
            ) : (
              <AgedTable
                label={t('balance.title')}
                first={t('ageing.currency')}
                rows={totals.map((amounts) => ({ key: amounts.currency, name: amounts.currency, href: null, amounts }))}
              />
            )
          }
        </Loaded>
        <Credit of={customer} />
        {explained && <ExplainBalance id={customer.id} />}
      </Stack>
    </Section>
  );
}

/** What makes up the credit. */
function Credit({ of }: { of: StaffCustomerPartsFragment }) {
  const { t } = useTranslation('customers');
  const format = useFormat();
  if (of.credit.length === 0) return null;
  return (
    <Text size="sm">
      {t('balance.credit')}{' '}
      {of.credit.map(({ number, amount, payment, creditNote }, at) => (
        <span key={number}>
          {at > 0 && ', '}
          <Anchor
            component={Link}
            to={payment ? `/payments/${payment.id}` : `/credit-notes/${creditNote?.id ?? ''}`}
            underline="always"
            size="sm"
          >
            {number}
          </Anchor>{' '}
          {format.money(amount)}
        </span>
      ))}
    </Text>
  );
}
