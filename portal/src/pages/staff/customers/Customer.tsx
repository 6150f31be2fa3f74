import { Anchor, Button, Stack } from '@mantine/core';
import { BookOpenText, Eye, FileCheck2, FileText, Plus, Repeat, Wallet } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useData } from '../../../api/useData';
import { lookAs } from '../../../api/viewAs';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { Section } from '../../../ui/Facts';
import { Loaded } from '../../../ui/Loaded';
import { MoreMenu } from '../../../ui/MoreMenu';
import { Page } from '../../../ui/Page';
import { ActivityList } from '../books/ActivityList';
import { Contacts } from './Contacts';
import { CustomerBalance } from './CustomerBalance';
import { CustomerDetails } from './CustomerDetails';
import { CustomerDocuments } from './CustomerDocuments';
import { StaffCustomerDocument } from './customers.generated';

const icon = { size: 16, 'aria-hidden': true } as const;

/** A customer: what it owes and why, who it is, who acts for it, its documents, and what happened. */
export default function CustomerPage() {
  const { t } = useTranslation('customers');
  const { mayAct } = useMe();
  const { id = '' } = useParams();
  const customer = useData(StaffCustomerDocument, { id });
  const known = customer.data?.customer;
  if (known === null) return <NotFound />;
  return (
    <Page
      title={known?.name ?? t('one')}
      back={{ to: '/customers', label: t('title') }}
      subtitle={known?.email}
      actions={
        known && (
          <>
            <Button
              variant="default"
              component={Link}
              to={`/customers/${id}/statement`}
              leftSection={<BookOpenText {...icon} />}
            >
              {t('statement')}
            </Button>
            <Button variant="default" leftSection={<Eye {...icon} />} onClick={() => lookAs(id)}>
              {t('lookAs')}
            </Button>
            {mayAct && <NewMenu id={id} />}
          </>
        )
      }
    >
      <Loaded of={customer}>
        {({ organisation }) =>
          known && (
            <Stack gap="lg">
              <CustomerBalance customer={known} today={organisation?.today ?? ''} />
              <CustomerDocuments id={id} />
              <CustomerDetails customer={known} />
              <Contacts customer={known} />
              <Section
                title={t('activity.recent')}
                actions={
                  <Anchor component={Link} to={`/activity?customer=${id}`} size="sm">
                    {t('activity.all')}
                  </Anchor>
                }
              >
                <ActivityList customerId={id} first={8} />
              </Section>
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}

/** What can be begun for the customer. */
function NewMenu({ id }: { id: string }) {
  const { t } = useTranslation('customers');
  const entries = [
    { label: t('begin.estimate'), to: `/estimates/new?customer=${id}`, icon: <FileCheck2 {...icon} /> },
    { label: t('begin.invoice'), to: `/invoices/new?customer=${id}`, icon: <FileText {...icon} /> },
    { label: t('begin.payment'), to: `/payments/new?customer=${id}`, icon: <Wallet {...icon} /> },
    { label: t('begin.subscription'), to: `/subscriptions/new?customer=${id}`, icon: <Repeat {...icon} /> },
  ];
  return (
    <MoreMenu
      label={t('begin.title')}
      button={{ variant: 'filled', leftSection: <Plus {...icon} /> }}
      entries={entries}
    />
  );
}
