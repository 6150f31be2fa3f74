import { Button, Group, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../../app/viewer';
import type { AddressPartsFragment } from '../../../ui/document.generated';
import { Facts, Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { onDemand } from '../../../ui/onDemand';
import { AddressLines } from '../../../ui/Party';
import type { StaffCustomerPartsFragment } from './customers.generated';

const AddressesDialog = onDemand(() => import('./AddressesDialog').then((module) => module.AddressesDialog));
const DetailsDialog = onDemand(() => import('./DetailsDialog').then((module) => module.DetailsDialog));
const TermsDialog = onDemand(() => import('./TermsDialog').then((module) => module.TermsDialog));

/** Who the customer is and how it is billed, and the ways to change that. */
export function CustomerDetails({ customer }: { customer: StaffCustomerPartsFragment }) {
  const { t } = useTranslation(['customers', 'account']);
  const format = useFormat();
  const { mayAct } = useMe();
  const [dialog, setDialog] = useState<'details' | 'addresses' | 'terms' | null>(null);
  const props = (name: typeof dialog) => ({ customer, opened: dialog === name, onClose: () => setDialog(null) });
  return (
    <Section
      title={t('details.title')}
      actions={
        mayAct && (
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={() => setDialog('details')}>
              {t('details.edit')}
            </Button>
            <Button size="xs" variant="default" onClick={() => setDialog('addresses')}>
              {t('details.editAddresses')}
            </Button>
            <Button size="xs" variant="default" onClick={() => setDialog('terms')}>
              {t('details.editTerms')}
            </Button>
          </Group>
        )
      }
    >
      <Facts
        of={[
          [t('field.name'), customer.name],
          [t('field.email'), customer.email],
          [t('field.phone'), customer.phone],
          [t('field.taxId'), customer.taxId],
          [t('field.language'), new Intl.DisplayNames(format.language, { type: 'language' }).of(customer.language)],
          [t('field.currency'), customer.currency],
          [t('field.paymentTerms'), t('details.days', { count: customer.paymentTermsDays })],
          [t('details.method'), customer.paymentMethod],
          [t('details.registered'), format.date(customer.registeredOn)],
          [t('account:address.billing'), customer.billingAddress && <Lines of={customer.billingAddress} />],
          [t('account:address.shipping'), customer.shippingAddress && <Lines of={customer.shippingAddress} />],
        ]}
      />
      {mayAct && (
        <>
          <DetailsDialog {...props('details')} />
          <AddressesDialog {...props('addresses')} />
          <TermsDialog {...props('terms')} />
        </>
      )}
    </Section>
  );
}

/** What a dialog about a customer needs. */
export interface CustomerDialogProps {
  customer: StaffCustomerPartsFragment;
  opened: boolean;
  onClose: () => void;
}

function Lines({ of }: { of: AddressPartsFragment }) {
  return (
    <Stack gap={0} component="address" fs="normal">
      <AddressLines address={of} />
    </Stack>
  );
}
