import { Anchor, Code, Collapse, Stack, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { SubjectType } from '../../../api/schema.generated';
import { useData } from '../../../api/useData';
import { EventDetail } from '../../../ui/EventDetail';
import { useFormat } from '../../../ui/format';
import { EventName } from '../../../ui/History';
import { Loaded } from '../../../ui/Loaded';
import { Pager, usePages } from '../../../ui/Pager';
import classes from './ActivityList.module.css';
import { StaffActivityDocument, type StaffActivityQuery } from './books.generated';

/** Where what something happened to is looked at. */
const folders = {
  CREDIT_NOTE: '/credit-notes/',
  CUSTOMER: '/customers/',
  ESTIMATE: '/estimates/',
  INVOICE: '/invoices/',
  ORGANISATION: '/settings',
  PAYMENT: '/payments/',
  PLAN: '/plans/',
  SUBSCRIPTION: '/subscriptions/',
} as const satisfies Record<SubjectType, string>;

/** What happened, the newest first, of one customer or of all: who did what, when, to what, and the record of it. */
export function ActivityList({
  customerId,
  first,
  paged = false,
}: {
  customerId: string | null;
  first: number;
  /** Whether one can go on to what happened before. */
  paged?: boolean;
}) {
  const { t } = useTranslation('history');
  const pages = usePages(customerId ?? '');
  const activity = useData(StaffActivityDocument, { customerId, first, after: pages.after });
  return (
    <Loaded of={activity}>
      {({ activity: { nodes, pageInfo } }) => (
        <Stack gap="md">
          {nodes.length === 0 ? (
            <Text c="dimmed">{t('empty')}</Text>
          ) : (
            <ol className={classes.entries}>
              {nodes.map((one) => (
                <Entry key={one.id} of={one} withCustomer={!customerId} />
              ))}
            </ol>
          )}
          {paged && <Pager pages={pages} info={pageInfo} />}
        </Stack>
      )}
    </Loaded>
  );
}

function Entry({ of, withCustomer }: { of: StaffActivityQuery['activity']['nodes'][number]; withCustomer: boolean }) {
  const { t } = useTranslation(['history', 'customers']);
  const format = useFormat();
  const [opened, { toggle }] = useDisclosure(false);
  const folder = folders[of.subjectType];
  return (
    <li>
      <div className={classes.head}>
        <span>
          <strong>
            <EventName event={of.event} />
          </strong>{' '}
          <Anchor
            component={Link}
            to={folder.endsWith('/') ? `${folder}${of.subjectId}` : folder}
            size="sm"
            underline="always"
          >
            {of.number ?? t(`customers:activity.subject.${of.subjectType}`)}
          </Anchor>
          {withCustomer && of.customer && (
            <>
              {' · '}
              <Anchor component={Link} to={`/customers/${of.customer.id}`} size="sm" underline="always">
                {of.customer.name}
              </Anchor>
            </>
          )}
        </span>
        {of.amount && <span className={classes.amount}>{format.money(of.amount)}</span>}
      </div>
      <EventDetail of={of} className={classes.detail} />
      <Text size="xs" c="dimmed" className={classes.below}>
        <span>
          {of.actor} · {format.dateTime(of.recordedAt)}
          {!of.recordedAt.startsWith(of.happenedOn) && ` · ${t('dated', { date: format.date(of.happenedOn) })}`}
        </span>
        <UnstyledButton onClick={toggle} aria-expanded={opened} className={classes.more}>
          {opened ? t('hideRecord') : t('showRecord')}
        </UnstyledButton>
      </Text>
      <Collapse expanded={opened}>
        <Code block className={classes.record} tabIndex={0} role="region" aria-label={t('record')}>
          {JSON.stringify({ position: of.position, actorRole: of.actorRole, ...asObject(of.payload) }, null, 2)}
        </Code>
      </Collapse>
    </li>
  );
}

const asObject = (payload: unknown): object =>
  typeof payload === 'object' && payload !== null ? payload : { payload };
