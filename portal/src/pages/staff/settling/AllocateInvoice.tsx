import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format';
import { AllocateDialog } from './AllocateDialog';
import { useOpenInvoices } from './useOpenInvoices';

/** Uses credit for one of the customer's open invoices. */
export function AllocateInvoice({
  customer,
  first,
  ...props
}: Omit<Parameters<typeof AllocateDialog>[0], 'choices' | 'legend'> & {
  customer: { readonly id: string; readonly name: string } | null;
  /** The invoice that it most likely is for: it stands first. */
  first?: string | null;
}) {
  const { t } = useTranslation('settling');
  const format = useFormat();
  const { currency } = props.most;
  const { of, invoices } = useOpenInvoices(props.opened ? (customer?.id ?? null) : null, currency);
  const isKnown = !of.loading;
  return (
    <AllocateDialog
      {...props}
      text={
        props.opened && isKnown && invoices.length === 0
          ? t('allocate.none', { customer: customer?.name ?? '', currency })
          : props.text
      }
      legend={t('allocate.invoice')}
      choices={[...invoices]
        .sort((one, other) => Number(other.id === first) - Number(one.id === first))
        .map((invoice) => ({
          id: invoice.id,
          name: invoice.number ?? '',
          about: t('allocate.dueOf', {
            due: format.money({ amount: invoice.payable, currency }),
            date: invoice.dueDate ? format.date(invoice.dueDate) : '',
          }),
          most: invoice.payable,
        }))}
    />
  );
}
