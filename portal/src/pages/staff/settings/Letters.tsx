import { Anchor, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { Reply } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useData } from '../../../api/useData';
import { Empty } from '../../../ui/Empty';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Pager, usePages } from '../../../ui/Pager';
import classes from './Letters.module.css';
import { StaffMessagesDocument, type StaffMessagesQuery } from './messages.generated';

type Letter = StaffMessagesQuery['messages']['nodes'][number];

/** What customers wrote, the newest first; an answer goes by mail. */
export function Letters() {
  const { t } = useTranslation('settings');
  const pages = usePages();
  const letters = useData(StaffMessagesDocument, { after: pages.after });
  return (
    <Loaded of={letters}>
      {({ messages: { nodes, pageInfo } }) =>
        nodes.length === 0 ? (
          <Empty text={t('messages.empty.letters')} />
        ) : (
          <Stack gap="md">
            {nodes.map((letter) => (
              <OneLetter key={letter.id} letter={letter} />
            ))}
            <Pager pages={pages} info={pageInfo} />
          </Stack>
        )
      }
    </Loaded>
  );
}

function OneLetter({ letter }: { letter: Letter }) {
  const { t } = useTranslation('settings');
  const format = useFormat();
  const email = letter.customer?.contacts.find(({ id }) => id === letter.contactId)?.email;
  return (
    <Paper component="article" withBorder p="lg" bg="var(--app-surface)" aria-label={letter.subject}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={2}>{letter.subject}</Title>
            <Text size="sm" c="dimmed">
              {letter.author}
              {letter.customer && (
                <>
                  {' · '}
                  <Anchor component={Link} to={`/customers/${letter.customer.id}`} size="sm" underline="always">
                    {letter.customer.name}
                  </Anchor>
                </>
              )}
              {' · '}
              <time dateTime={letter.sentOn}>{format.date(letter.sentOn)}</time>
            </Text>
          </div>
          {email && (
            <Button
              component="a"
              href={`mailto:${email}?subject=${encodeURIComponent(`Re: ${letter.subject}`)}`}
              variant="default"
              size="xs"
              leftSection={<Reply size={14} aria-hidden />}
            >
              {t('messages.reply')}
            </Button>
          )}
        </Group>
        <Text className={classes.text}>{letter.message}</Text>
      </Stack>
    </Paper>
  );
}
