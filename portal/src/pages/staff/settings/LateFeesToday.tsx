import { Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useData } from '../../../api/useData';
import { useFormat } from '../../../ui/format';
import { Bars, Loaded } from '../../../ui/Loaded';
import { Table } from '../../../ui/Table';
import { type SettingsPartsFragment, StaffLateFeesTodayDocument } from './settings.generated';

/** What the stages that are saved would charge today: the work of the coming night. */
export function LateFeesToday({ of }: { of: SettingsPartsFragment }) {
  const { t } = useTranslation('settings');
  const format = useFormat();
  const fees = useData(StaffLateFeesTodayDocument, {});
  if (of.settings?.lateFees.length === 0) return null;
  return (
    <Stack gap="sm">
      <Title order={3}>{t('today.title', { date: format.date(of.today) })}</Title>
      <Loaded of={fees} skeleton={<Bars rows={2} />}>
        {({ previewLateFees }) =>
          previewLateFees.length === 0 ? (
            <Text size="sm">{t('today.none')}</Text>
          ) : (
            <Table
              label={t('today.title', { date: format.date(of.today) })}
              rows={previewLateFees}
              rowKey={({ invoice, stage }) => `${invoice.id} ${stage}`}
              href={({ invoice }) => `/invoices/${invoice.id}`}
              empty=""
              columns={[
                { key: 'invoice', header: t('today.invoice'), cell: ({ invoice }) => invoice.number },
                { key: 'customer', header: t('today.customer'), cell: ({ invoice }) => invoice.customer?.name },
                { key: 'stage', header: t('today.stage'), cell: ({ stage }) => String(stage) },
                { key: 'day', header: t('today.day'), cell: ({ day }) => format.date(day) },
                {
                  key: 'amount',
                  header: t('today.amount'),
                  end: true,
                  narrow: 'amount',
                  cell: ({ amount }) => format.money(amount),
                },
              ]}
            />
          )
        }
      </Loaded>
    </Stack>
  );
}
