import type { DocumentInput, LineInput } from '../../../api/schema.generated';
import { useData } from '../../../api/useData';
import type { DocumentPartsFragment } from '../../../ui/document.generated';
import { isPositive } from '../settling/amounts';
import { StaffCreditPreviewDocument } from './creditNotes.generated';
import { share } from './share';

/** A line that is credited, and how much of it. */
export interface Pick {
  lineId: number;
  quantity: string;
}

type Line = DocumentPartsFragment['lines'][number];
const placesOf = (document: DocumentPartsFragment) => document.total.amount.split('.')[1]?.length ?? 0;

/** What a credit note over some lines of an invoice would say, as the server will copy them: an amount of discount is shared. */
function copied(document: DocumentPartsFragment, picks: readonly Pick[]): DocumentInput {
  const lines = picks.flatMap(({ lineId, quantity }): LineInput[] => {
    const line = document.lines.find((one) => one.lineId === lineId);
    return line ? [lineOf(line, quantity, placesOf(document))] : [];
  });
  return { currency: document.currency, prices: document.prices, lines };
}

function lineOf(line: Line, quantity: string, places: number): LineInput {
  const amount = line.discount?.amount ? share(line.discount.amount, quantity, line.quantity, places) : null;
  return {
    description: line.description,
    quantity,
    unitPrice: line.unitPrice,
    discount: line.discount?.percent
      ? { percent: line.discount.percent }
      : amount && isPositive(amount)
        ? { amount }
        : null,
    tax: { category: line.taxCategory, percent: line.taxPercent },
  };
}

/** What crediting some lines of an invoice would come to; asks the server, and says what it would refuse. */
export function useCreditPreview(document: DocumentPartsFragment, picks: readonly Pick[]) {
  const input = copied(document, picks);
  const { discount } = document;
  // A discount in an amount is shared by what the lines come to, which has to be known first.
  const lines = useData(
    StaffCreditPreviewDocument,
    { input },
    { paused: !discount?.amount || picks.length === 0, live: false },
  ).data?.previewDocument.document?.linesTotal.amount;
  const shared =
    discount?.amount && lines ? share(discount.amount, lines, document.linesTotal.amount, placesOf(document)) : null;
  const asked: DocumentInput = {
    ...input,
    discount: discount?.percent
      ? { percent: discount.percent }
      : shared && isPositive(shared)
        ? { amount: shared }
        : null,
  };
  const preview = useData(
    StaffCreditPreviewDocument,
    { input: asked },
    { paused: picks.length === 0 || (!!discount?.amount && lines === undefined), live: false },
  );
  return { document: picks.length > 0 ? preview.data?.previewDocument.document : null, error: preview.error };
}
