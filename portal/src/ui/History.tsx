import { Code, Collapse, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { useData } from '../api/useData';
import { HistoryDocument, type HistoryQuery } from './document.generated';
import { EventDetail } from './EventDetail';
import { Section } from './Facts';
import { useFormat } from './format';
import classes from './History.module.css';
import { Loaded } from './Loaded';

/**
 * Who did what to a document, and when: the events of its log, the newest first. `brief` shows one line of what people
 * said, where the page shows it in full elsewhere.
 */
export function History({ of, brief = false }: { of: string; brief?: boolean }) {
  const { t } = useTranslation('history');
  const history = useData(HistoryDocument, { id: of });
  return (
    <Section title={t('title')}>
      <Loaded of={history}>{(data) => <Events events={data.history} brief={brief} />}</Loaded>
    </Section>
  );
}

type Event = HistoryQuery['history'][number];

function Events({ events, brief }: { events: readonly Event[]; brief: boolean }) {
  const { t } = useTranslation('history');
  if (events.length === 0) return <Text c="dimmed">{t('empty')}</Text>;
  return (
    <ol className={classes.events} data-brief={brief || undefined}>
      {[...events].reverse().map((event) => (
        <Entry key={event.id} event={event} />
      ))}
    </ol>
  );
}

function Entry({ event }: { event: Event }) {
  const { t } = useTranslation('history');
  const format = useFormat();
  const [opened, { toggle }] = useDisclosure(false);
  return (
    <li>
      <Text size="sm" fw={550}>
        <EventName event={event.event} />
        {event.amount && ` · ${format.money(event.amount)}`}
      </Text>
      <EventDetail of={event} className={classes.detail} />
      <Text size="xs" c="dimmed">
        {event.actor} · {format.dateTime(event.recordedAt)}
        {!event.recordedAt.startsWith(event.happenedOn) && ` · ${t('dated', { date: format.date(event.happenedOn) })}`}
      </Text>
      {event.payload !== null && (
        <>
          <UnstyledButton onClick={toggle} aria-expanded={opened} className={classes.more}>
            {opened ? t('hideRecord') : t('showRecord')}
          </UnstyledButton>
          <Collapse expanded={opened}>
            <Code block className={classes.record} tabIndex={0} role="region" aria-label={t('record')}>
              {JSON.stringify(event.payload, null, 2)}
            </Code>
          </Collapse>
        </>
      )}
    </li>
  );
}

/** What an event is called for people; one that is newer than these words stands by its stored name. */
export function EventName({ event }: { event: string }) {
  const { t, i18n } = useTranslation('history');
  const key = `event.${event}`;
  return i18n.exists(key, { ns: 'history' }) ? t(key as 'event.InvoiceIssued') : event;
}
