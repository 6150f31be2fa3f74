import { Button, Group, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useData } from '../../../api/useData';
import { Empty } from '../../../ui/Empty';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Pager, usePages } from '../../../ui/Pager';
import { useAddress } from '../../../ui/useAddress';
import { AgedTable } from './AgedTable';
import { StaffAgeingDocument, StaffBooksTodayDocument } from './books.generated';

/** Who owed what on a day, and for how long. */
export default function Ageing() {
  const { t } = useTranslation('customers');
  const today = useData(StaffBooksTodayDocument, {});
  return (
    <Page title={t('ageing.title')} subtitle={t('ageing.subtitle')}>
      <Loaded of={today}>{({ organisation }) => <AsOf today={organisation?.today ?? ''} />}</Loaded>
    </Page>
  );
}

const isDay = (text: string | null): text is string => text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text);

function AsOf({ today }: { today: string }) {
  const { t } = useTranslation('customers');
  const format = useFormat();
  const [params, change] = useAddress();
  const asked = params.get('day');
  const asOf = isDay(asked) ? asked : today;
  const pages = usePages();
  const ageing = useData(StaffAgeingDocument, { asOf, after: pages.after });
  const choose = (day: string) =>
    change(
      (address) => {
        if (day && day !== today) address.set('day', day);
        else address.delete('day');
      },
      { replace: true },
    );
  return (
    <>
      <Group align="end">
        <TextInput
          type="date"
          label={t('ageing.day')}
          value={asOf}
          onChange={({ currentTarget: { value } }) => choose(value)}
        />
        {asOf !== today && (
          <Button variant="default" onClick={() => choose(today)}>
            {t('ageing.today')}
          </Button>
        )}
      </Group>
      <Loaded of={ageing}>
        {({ ageing: { totals, customers } }) =>
          totals.length === 0 ? (
            <Empty text={t('ageing.nobody', { date: format.date(asOf) })} />
          ) : (
            <>
              <Section title={t('ageing.totals', { date: format.date(asOf) })}>
                <AgedTable
                  label={t('ageing.totals', { date: format.date(asOf) })}
                  first={t('ageing.currency')}
                  rows={totals.map((amounts) => ({
                    key: amounts.currency,
                    name: amounts.currency,
                    href: null,
                    amounts,
                  }))}
                />
              </Section>
              <Section title={t('ageing.customers')}>
                <AgedTable
                  label={t('ageing.customers')}
                  first={t('one')}
                  rows={customers.nodes.flatMap(({ customer, amounts }) =>
                    amounts.map((one) => ({
                      key: `${customer?.id} ${one.currency}`,
                      name: customer?.name ?? '',
                      href: customer && `/customers/${customer.id}`,
                      amounts: one,
                    })),
                  )}
                />
              </Section>
              <Pager pages={pages} info={customers.pageInfo} />
            </>
          )
        }
      </Loaded>
    </>
  );
}
