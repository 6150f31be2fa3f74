import { goToHostedPage } from '../../../api/hostedPage';
import { useMe } from '../../../app/viewer';

/** What the person set out to do: put another card or bank account in the place of this one. */
export interface MethodUpdate {
  customerId: string;
  before: string;
}

/** Leads to the provider's page; null where the person may not update what is attached. */
export function useUpdateMethod(): ((update: MethodUpdate) => void) | null {
  const me = useMe();
  const { organisation } = me;
  const page = organisation?.paymentPage;
  if (!me.mayAct || !me.portal?.updatePaymentMethod || !organisation || !page) return null;
  return (intention) =>
    goToHostedPage({
      page,
      merchant: organisation.details.name,
      returnTo: '/payment-method/return',
      intention,
    });
}
