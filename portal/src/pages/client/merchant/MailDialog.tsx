import { Stack, Text, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { ActionDialog } from '../../../ui/ActionDialog';
import { useDraft } from '../../../ui/useDraft';
import { MailMerchantDocument } from './merchant.generated';

const isField = (place: string) => ['subject', 'message'].includes(place);

/** A letter to the merchant. */
export function MailDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('merchant');
  const me = useMe();
  const merchant = me.organisation?.details.name ?? '';
  const mail = useAction(MailMerchantDocument, (result) => result.mailMerchant);
  const { form, forget } = useDraft('mail-merchant', {
    initialValues: { subject: '', message: '' },
    validate: ({ subject, message }) => ({
      subject: subject.trim() ? null : t('mail.subject.missing'),
      message: message.trim() ? null : t('mail.message.missing'),
    }),
  });
  const send = form.onSubmit(async (input) => {
    const outcome = await mail.run({ input });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind !== 'done') return;
    form.setValues({ subject: '', message: '' });
    forget();
    onClose();
    notifications.show({ message: t('mail.done', { merchant }) });
  });
  return (
    <ActionDialog
      title={t('mail.title', { merchant })}
      opened={opened}
      onClose={onClose}
      action={mail}
      onSubmit={() => send()}
      submit={t('mail.submit')}
      isField={isField}
    >
      <Stack gap="md">
        <Text size="sm">{t('mail.text', { email: me.email })}</Text>
        <TextInput
          label={t('mail.subject.label')}
          maxLength={200}
          required
          data-autofocus
          {...form.getInputProps('subject')}
        />
        <Textarea
          label={t('mail.message.label')}
          autosize
          minRows={5}
          maxRows={14}
          maxLength={10000}
          required
          {...form.getInputProps('message')}
        />
      </Stack>
    </ActionDialog>
  );
}
