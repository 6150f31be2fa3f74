import { ActionIcon, Button, Group } from '@mantine/core';
import { PencilLine, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../../app/viewer';
import { Section } from '../../../ui/Facts';
import { onDemand } from '../../../ui/onDemand';
import { State, type Tone } from '../../../ui/State';
import { Table } from '../../../ui/Table';
import type { StaffContactPartsFragment, StaffCustomerPartsFragment } from './customers.generated';

const ContactDialog = onDemand(() => import('./ContactDialogs').then((module) => module.ContactDialog));
const RemoveContact = onDemand(() => import('./ContactDialogs').then((module) => module.RemoveContact));

/** The ways into the portal that the server tells. */
const portal: Record<string, { tone: Tone; key: 'joined' | 'invited' | 'none' | 'revoked' }> = {
  joined: { tone: 'good', key: 'joined' },
  invited: { tone: 'info', key: 'invited' },
  none: { tone: 'neutral', key: 'none' },
  revoked: { tone: 'neutral', key: 'revoked' },
};

type Contact = StaffContactPartsFragment;

/** The people who act for a customer. */
export function Contacts({ customer }: { customer: StaffCustomerPartsFragment }) {
  const { t } = useTranslation('customers');
  const { mayAct } = useMe();
  const [edited, setEdited] = useState<Contact | 'new' | null>(null);
  const [removed, setRemoved] = useState<Contact | null>(null);
  return (
    <Section
      title={t('contacts.title')}
      actions={
        mayAct && (
          <Button
            size="xs"
            variant="default"
            leftSection={<Plus size={14} aria-hidden />}
            onClick={() => setEdited('new')}
          >
            {t('contacts.add')}
          </Button>
        )
      }
    >
      <Table
        label={t('contacts.title')}
        rows={customer.contacts}
        rowKey={({ id }) => id}
        empty={t('contacts.empty')}
        columns={[
          { key: 'name', header: t('contact.name'), cell: (row) => row.name },
          { key: 'email', header: t('contact.email'), cell: (row) => row.email },
          { key: 'phone', header: t('contact.phone'), cell: (row) => row.phone },
          {
            key: 'portal',
            header: t('contact.portal'),
            cell: ({ portal: way }) => {
              const known = portal[way];
              return known ? <State tone={known.tone}>{t(`contact.way.${known.key}`)}</State> : way;
            },
          },
          ...(mayAct
            ? [
                {
                  key: 'actions',
                  header: t('contact.actions'),
                  end: true,
                  narrow: 'amount' as const,
                  cell: (row: Contact) => (
                    <Group gap={4} justify="flex-end" wrap="nowrap">
                      <ActionIcon
                        variant="subtle"
                        color="gray"
                        aria-label={t('contacts.edit', { name: row.name })}
                        onClick={() => setEdited(row)}
                      >
                        <PencilLine size={16} aria-hidden />
                      </ActionIcon>
                      <ActionIcon
                        variant="subtle"
                        color="gray"
                        aria-label={t('contacts.remove', { name: row.name })}
                        onClick={() => setRemoved(row)}
                      >
                        <Trash2 size={16} aria-hidden />
                      </ActionIcon>
                    </Group>
                  ),
                },
              ]
            : []),
        ]}
      />
      {mayAct && (
        <>
          <ContactDialog
            key={edited === 'new' ? 'new' : (edited?.id ?? 'none')}
            customerId={customer.id}
            contact={edited === 'new' ? null : edited}
            opened={edited !== null}
            onClose={() => setEdited(null)}
          />
          <RemoveContact
            customerId={customer.id}
            contact={removed}
            opened={removed !== null}
            onClose={() => setRemoved(null)}
          />
        </>
      )}
    </Section>
  );
}
