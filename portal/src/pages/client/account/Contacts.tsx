import { useTranslation } from 'react-i18next';
import { Section } from '../../../ui/Facts';
import { Table } from '../../../ui/Table';
import type { AccountPartsFragment } from './account.generated';

/** The people who act for the customer, and whether they can sign in. The merchant adds and removes them. */
export function Contacts({ account, own }: { account: AccountPartsFragment; own: string | null }) {
  const { t } = useTranslation('account');
  return (
    <Section title={t('contacts.title')}>
      <Table
        label={t('contacts.title')}
        rows={account.contacts}
        rowKey={({ id }) => id}
        empty={t('contacts.empty')}
        columns={[
          {
            key: 'name',
            header: t('field.name'),
            cell: (row) => (row.id === own ? t('contacts.you', { name: row.name }) : row.name),
          },
          { key: 'email', header: t('field.email'), cell: (row) => row.email },
          { key: 'phone', header: t('field.phone'), cell: (row) => row.phone },
          {
            key: 'portal',
            header: t('contacts.portal'),
            cell: (row) => t(row.portal === 'joined' ? 'contacts.mayIn' : 'contacts.mayNot'),
          },
        ]}
      />
    </Section>
  );
}
