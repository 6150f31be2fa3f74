import type { AddressPartsFragment, PartyPartsFragment } from '../../../ui/document.generated';

/** A customer as it will stand on a document that is not issued yet. */
export function partyOf(
  customer: {
    readonly name: string;
    readonly email: string | null;
    readonly phone: string | null;
    readonly taxId: string | null;
    readonly billingAddress: AddressPartsFragment | null;
  } | null,
): PartyPartsFragment | null {
  if (!customer) return null;
  const { billingAddress: address, ...party } = customer;
  return { ...party, address };
}
