import { Checkbox, Input, Radio, Stack, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Star } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { ActionDialog } from '../../../ui/ActionDialog';
import { useDraft } from '../../../ui/useDraft';
import classes from './Merchant.module.css';
import { ReviewMerchantDocument } from './merchant.generated';

const isField = (place: string) => ['rating', 'text', 'mayBePublished'].includes(place);
const ratings = ['1', '2', '3', '4', '5'] as const;

/** What a contact thinks of the merchant: one to five stars, some words, and whether others may read them. */
export function ReviewDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation(['merchant', 'common']);
  const me = useMe();
  const merchant = me.organisation?.details.name ?? '';
  const review = useAction(ReviewMerchantDocument, (result) => result.reviewMerchant);
  const { form, forget } = useDraft('review-merchant', {
    initialValues: { rating: '', text: '', mayBePublished: false },
    validate: ({ rating }) => ({ rating: rating ? null : t('review.rating.missing') }),
  });
  const send = form.onSubmit(async ({ rating, text, mayBePublished }) => {
    const input = { rating: Number(rating), text: text.trim() || null, mayBePublished };
    const outcome = await review.run({ input });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind !== 'done') return;
    form.setValues({ rating: '', text: '', mayBePublished: false });
    forget();
    onClose();
    notifications.show({ message: t('review.done') });
  });
  return (
    <ActionDialog
      title={t('review.title', { merchant })}
      opened={opened}
      onClose={onClose}
      action={review}
      onSubmit={() => send()}
      submit={t('review.submit')}
      isField={isField}
    >
      <Stack gap="md">
        <Radio.Group
          label={t('review.rating.label')}
          description={t('review.rating.description')}
          required
          {...form.getInputProps('rating')}
        >
          <div className={classes.stars}>
            {ratings.map((rating) => (
              <Radio.Card key={rating} value={rating} w="auto" className={classes.star}>
                {rating} <Star size={16} aria-hidden />
                <span className="sr-only">{t(`review.stars.${rating}`)}</span>
              </Radio.Card>
            ))}
          </div>
        </Radio.Group>
        <Textarea
          label={`${t('review.text.label')} (${t('common:optional')})`}
          autosize
          minRows={3}
          maxRows={12}
          maxLength={5000}
          {...form.getInputProps('text')}
        />
        <Checkbox
          label={t('review.publish', { merchant })}
          {...form.getInputProps('mayBePublished', { type: 'checkbox' })}
        />
        <Input.Description>{t('review.again')}</Input.Description>
      </Stack>
    </ActionDialog>
  );
}
