import { Group, Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import type { ThreadSide } from '../../../api/schema.generated';
import { useAction } from '../../../api/useAction';
import { useData } from '../../../api/useData';
import { ActionButton } from '../../../ui/ActionButton';
import { Section } from '../../../ui/Facts';
import { Form } from '../../../ui/Form';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Problems } from '../../../ui/Problems';
import { useDraft } from '../../../ui/useDraft';
import classes from './Conversation.module.css';
import { CommentOnEstimateDocument, EstimateThreadDocument, type EstimateThreadQuery } from './estimates.generated';

/**
 * What both sides have said about an estimate, as a conversation: offers, answers and comments, and a field to say more
 * where `mayComment`. `side` is that of who looks at it.
 */
export function Conversation(props: { id: string; side: ThreadSide; mayComment: boolean }) {
  const { t } = useTranslation('estimates');
  return (
    <Section title={t('conversation.title')}>
      <Stack gap="lg">
        <ol className={classes.entries} aria-label={t('conversation.title')}>
          <Entries id={props.id} side={props.side} after={null} />
        </ol>
        {props.mayComment && <Comment id={props.id} side={props.side} />}
      </Stack>
    </Section>
  );
}

/** Entries from a cursor on, and after them the next ones, to the end. */
function Entries({ id, side, after }: { id: string; side: ThreadSide; after: string | null }) {
  const thread = useData(EstimateThreadDocument, { id, after });
  return (
    <Loaded of={thread}>
      {({ estimate }) =>
        estimate && (
          <>
            {estimate.thread.nodes.map((entry) => (
              <Entry key={`${entry.recordedAt} ${entry.kind}`} entry={entry} isMine={entry.side === side} />
            ))}
            {estimate.thread.pageInfo.hasNextPage && (
              <Entries id={id} side={side} after={estimate.thread.pageInfo.endCursor} />
            )}
          </>
        )
      }
    </Loaded>
  );
}

type ThreadEntry = NonNullable<EstimateThreadQuery['estimate']>['thread']['nodes'][number];

function Entry({ entry, isMine }: { entry: ThreadEntry; isMine: boolean }) {
  const { t } = useTranslation('estimates');
  const format = useFormat();
  return (
    <li className={classes.entry} data-mine={isMine || undefined}>
      <Text size="sm" component="div">
        <strong>{entry.by}</strong>{' '}
        <span className={classes.did}>{t(`conversation.did.${entry.kind}`, { number: entry.revision })}</span>
      </Text>
      {(entry.text || entry.wouldAccept || (entry.signed && entry.signed !== entry.by)) && (
        <div className={classes.words}>
          {entry.signed && entry.signed !== entry.by && <p>{t('conversation.signed', { name: entry.signed })}</p>}
          {entry.text && <p>{entry.text}</p>}
          {entry.wouldAccept && (
            <p>
              <strong>{t('conversation.wouldAccept')}</strong> {entry.wouldAccept}
            </p>
          )}
        </div>
      )}
      <Text size="xs" c="dimmed">
        {t(`conversation.side.${entry.side}`)} ·{' '}
        {entry.recordedAt.startsWith(entry.on) ? format.dateTime(entry.recordedAt) : format.date(entry.on)}
      </Text>
    </li>
  );
}

/** The most characters that the server takes. */
const most = 5000;

function Comment({ id, side }: { id: string; side: ThreadSide }) {
  const { t } = useTranslation('estimates');
  const format = useFormat();
  const comment = useAction(CommentOnEstimateDocument, (result) => result.commentOnEstimate);
  const { form, forget } = useDraft(`comment:${id}`, { initialValues: { text: '' } });
  const send = form.onSubmit(async ({ text }) => {
    if (!text.trim()) return form.setFieldError('text', t('comment.missing'));
    const over = [...text].length - most;
    if (over > 0)
      return form.setFieldError(
        'text',
        t('comment.tooLong', { most: format.number(`${most}`), over: format.number(`${over}`) }),
      );
    const outcome = await comment.run({ input: { estimateId: id, text } });
    if (outcome?.kind === 'refused')
      form.setFieldError('text', outcome.refusals.map(({ message }) => message).join(' '));
    if (outcome?.kind !== 'done') return;
    form.setValues({ text: '' });
    forget();
    notifications.show({ message: t('comment.sent') });
  });
  return (
    <Form busy={comment.busy} onSubmit={send}>
      <Stack gap="sm">
        <Textarea
          label={t(`comment.label.${side}`)}
          autosize
          minRows={2}
          maxRows={12}
          {...form.getInputProps('text')}
        />
        <Problems of={comment} except={() => true} />
        <Group justify="flex-end">
          <ActionButton type="submit" variant="default" busy={comment.busy}>
            {t('comment.send')}
          </ActionButton>
        </Group>
      </Stack>
    </Form>
  );
}
