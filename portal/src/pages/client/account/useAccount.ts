import { type Data, useData } from '../../../api/useData';
import { type Me, useMe } from '../../../app/viewer';
import { AccountDocument, type AccountPartsFragment, type AccountQuery } from './account.generated';

/** The customer that the person acts for, with all that it keeps of itself. */
export function useAccount(): Data<AccountQuery> {
  const me = useMe();
  return useData(AccountDocument, { id: me.customerId ?? '' }, { paused: !me.customerId });
}

/** The person as one of the customer's contacts; null for one of the merchant's people who looks at the pages. */
export function ownContact({ viewer, customer }: AccountQuery): AccountPartsFragment['contacts'][number] | null {
  return customer?.contacts.find((contact) => contact.id === viewer?.contactId) ?? null;
}

/** Whether the person may change what the customer keeps of itself. */
export const mayEditDetails = (me: Me): boolean => me.mayAct && me.portal?.editDetails === true;
