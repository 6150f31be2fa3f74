import { Anchor, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { Star } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useData } from '../../../api/useData';
import { Empty } from '../../../ui/Empty';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Pager, usePages } from '../../../ui/Pager';
import { State } from '../../../ui/State';
import classes from './Letters.module.css';
import { StaffReviewsDocument } from './messages.generated';

/** What customers think of the merchant, the newest first, and which of it may be shown to others. */
export function Reviews() {
  const { t } = useTranslation('settings');
  const format = useFormat();
  const pages = usePages();
  const reviews = useData(StaffReviewsDocument, { after: pages.after });
  return (
    <Loaded of={reviews}>
      {({ reviews: { nodes, pageInfo } }) =>
        nodes.length === 0 ? (
          <Empty text={t('messages.empty.reviews')} />
        ) : (
          <Stack gap="md">
            {nodes.map((review) => (
              <Paper
                key={`${review.contactId} ${review.reviewedOn}`}
                component="article"
                withBorder
                p="lg"
                bg="var(--app-surface)"
                aria-label={review.author}
              >
                <Stack gap="sm">
                  <Group justify="space-between" align="flex-start">
                    <div>
                      <Title order={2}>{review.author}</Title>
                      <Text size="sm" c="dimmed">
                        {review.customer && (
                          <>
                            <Anchor
                              component={Link}
                              to={`/customers/${review.customer.id}`}
                              size="sm"
                              underline="always"
                            >
                              {review.customer.name}
                            </Anchor>
                            {' · '}
                          </>
                        )}
                        <time dateTime={review.reviewedOn}>{format.date(review.reviewedOn)}</time>
                      </Text>
                    </div>
                    <State tone={review.mayBePublished ? 'good' : 'neutral'}>
                      {t(review.mayBePublished ? 'messages.mayBePublished' : 'messages.notPublished')}
                    </State>
                  </Group>
                  <Stars rating={review.rating} />
                  {review.text && <Text className={classes.text}>{review.text}</Text>}
                </Stack>
              </Paper>
            ))}
            <Pager pages={pages} info={pageInfo} />
          </Stack>
        )
      }
    </Loaded>
  );
}

/** A rating as stars, said in words to who does not see them. */
function Stars({ rating }: { rating: number }) {
  const { t } = useTranslation('settings');
  return (
    <span className={classes.stars} role="img" aria-label={t('messages.stars', { rating })}>
      {[1, 2, 3, 4, 5].map((star) => (
        <Star key={star} size={18} fill={star <= rating ? 'currentColor' : 'none'} aria-hidden />
      ))}
    </span>
  );
}
