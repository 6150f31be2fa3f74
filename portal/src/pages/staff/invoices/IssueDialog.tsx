import { Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { ActionDialog } from '../../../ui/ActionDialog';
import { ConflictHint } from '../../../ui/ConflictHint';
import { useDraft } from '../../../ui/useDraft';
import { useSeenVersion } from '../../../ui/useSeenVersion';
import { daysAfter } from '../settling/dates';
import { type StaffInvoicePartsFragment, StaffIssueInvoiceDocument } from './invoices.generated';

const isField = (place: string) => place === 'dueDate';

/** Issues a draft: by when it is to be paid, and what comes of it. */
export function IssueDialog(props: { invoice: StaffInvoicePartsFragment; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('staffInvoices');
  const today = useMe().organisation?.today;
  const { id: invoiceId, version, customer } = props.invoice;
  const issue = useAction(StaffIssueInvoiceDocument, (result) => result.issueInvoice);
  const seen = useSeenVersion(version, props.opened);
  const { form, forget } = useDraft(`issue ${invoiceId}`, {
    initialValues: { dueDate: today && customer ? daysAfter(today, customer.paymentTermsDays) : '' },
  });
  const close = () => {
    issue.clear();
    form.clearErrors();
    props.onClose();
  };
  const submit = form.onSubmit(async ({ dueDate }) => {
    const outcome = await issue.run({
      input: { invoiceId, expectedVersion: seen.expected(), dueDate: dueDate || null },
    });
    seen.learn(outcome);
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind !== 'done') return;
    forget();
    close();
    notifications.show({ message: t('issue.done', { number: outcome.payload.invoice?.number ?? '' }) });
  });
  return (
    <ActionDialog
      title={t('issue.title')}
      opened={props.opened}
      onClose={close}
      action={issue}
      onSubmit={submit}
      submit={t('issue.submit')}
      isField={isField}
    >
      <Text size="sm">{t('issue.text', { customer: customer?.name ?? '' })}</Text>
      <TextInput
        type="date"
        label={t('issue.dueDate')}
        description={customer && t('issue.terms', { customer: customer.name, count: customer.paymentTermsDays })}
        min={today}
        data-autofocus
        {...form.getInputProps('dueDate')}
      />
      <ConflictHint of={issue} />
    </ActionDialog>
  );
}
