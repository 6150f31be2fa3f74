import { Anchor, Box, Group, Text } from '@mantine/core';
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import type { TaxCategory } from '../../../api/schema.generated';
import { useData } from '../../../api/useData';
import { CustomerPicker } from '../../../ui/CustomerPicker';
import { Section } from '../../../ui/Facts';
import { Loaded } from '../../../ui/Loaded';
import { StaffNewForCustomerDocument } from './settling.generated';

type Rates = readonly { readonly category: TaxCategory; readonly percent: string }[];

/** Whom a new document is for, kept in the page's address; what follows is shown once that is chosen. */
export function ForCustomer(props: {
  label: string;
  /** What to do first. */
  hint: string;
  children: (customer: { readonly id: string; readonly currency: string }, rates: Rates) => ReactNode;
}) {
  const { t } = useTranslation('settling');
  const [params, setParams] = useSearchParams();
  const id = params.get('customer');
  const data = useData(StaffNewForCustomerDocument, { id: id ?? '' }, { paused: !id, live: false });
  return (
    <>
      <Section title={t('customer')}>
        <Group align="end" gap="md">
          <Box flex="1 1 260px" maw={420}>
            <CustomerPicker
              label={props.label}
              description={id ? undefined : props.hint}
              required
              value={id}
              onChange={(chosen) =>
                setParams(
                  (before) => {
                    if (chosen) before.set('customer', chosen);
                    else before.delete('customer');
                    return before;
                  },
                  { replace: true },
                )
              }
            />
          </Box>
          <Anchor component={Link} to="/customers/new" size="sm" py={8}>
            {t('newCustomer')}
          </Anchor>
        </Group>
      </Section>
      {id && (
        <Loaded of={data}>
          {({ customer, organisation }) =>
            customer?.id === id ? (
              <Fragment key={id}>{props.children(customer, organisation?.settings?.taxRates ?? [])}</Fragment>
            ) : (
              <Text size="sm">{customer === null && t('unknownCustomer')}</Text>
            )
          }
        </Loaded>
      )}
    </>
  );
}
