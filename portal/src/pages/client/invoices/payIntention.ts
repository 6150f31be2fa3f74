import { forgetDraft } from '../../../ui/useDraft';

/** What a person set out to pay; kept in the tab until it is known what came of it. */
export interface PayIntention {
  invoices: readonly { readonly invoiceId: string; readonly amount: string }[];
  /** Whether the stored card or account is charged; otherwise the token that the provider's page gives. */
  stored: boolean;
  /** Whether what is paid with becomes the stored card or account. */
  remember: boolean;
}

/** Names the amounts typed for these invoices: who comes back without having paid finds them again. */
export const draftOf = (ids: readonly string[]): string => `pay:${[...ids].sort().join(',')}`;

export const idsOf = (intention: PayIntention): string[] => intention.invoices.map(({ invoiceId }) => invoiceId);

/** What was typed is of no use any more once it is paid. */
export const forgetAmounts = (intention: PayIntention): void => forgetDraft(draftOf(idsOf(intention)));

/** Goes with the way back to the page from which somebody left for the provider's, and came back without paying. */
export const turnedBack = { turnedBack: true } as const;
export const hasTurnedBack = (state: Partial<typeof turnedBack> | null): boolean => state?.turnedBack === true;
