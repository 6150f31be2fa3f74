import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { ConflictHint } from '../../../ui/ConflictHint';
import { useSeenVersion } from '../../../ui/useSeenVersion';
import { StaffDiscardInvoiceDocument, type StaffInvoicePartsFragment } from './invoices.generated';

/** Throws a draft away. */
export function DiscardDialog({
  invoice,
  opened,
  onClose,
}: {
  invoice: StaffInvoicePartsFragment;
  opened: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation('staffInvoices');
  const discard = useAction(StaffDiscardInvoiceDocument, (result) => result.discardInvoice);
  const seen = useSeenVersion(invoice.version, opened);
  const close = () => {
    discard.clear();
    onClose();
  };
  const submit = async () => {
    const outcome = await discard.run({ input: { invoiceId: invoice.id, expectedVersion: seen.expected() } });
    seen.learn(outcome);
    if (outcome?.kind !== 'done') return;
    close();
    notifications.show({ message: t('discard.done') });
  };
  return (
    <ActionDialog
      title={t('discard.title')}
      opened={opened}
      onClose={close}
      action={discard}
      onSubmit={() => void submit()}
      submit={t('discard.submit')}
      danger
    >
      <Text size="sm">{t(invoice.isDeposit ? 'discard.textDeposit' : 'discard.text')}</Text>
      <ConflictHint of={discard} />
    </ActionDialog>
  );
}
