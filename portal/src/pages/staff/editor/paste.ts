import { readAmount } from '../../../ui/format';
import { blankLine, type LineValues } from './values';

/**
 * Rows of a spreadsheet as lines: description, quantity, unit price; with two columns, description and price. Null for
 * text that is no such table, which is pasted as any other.
 */
export function linesOfTable(text: string, tax: string): LineValues[] | null {
  const rows = text
    .replace(/\r/g, '')
    .split('\n')
    .filter((row) => row.trim())
    .map((row) => row.split('\t').map((cell) => cell.trim()));
  if (rows.length === 0 || rows.some((cells) => cells.length < 2)) return null;
  return rows.map(([description = '', second = '', third]) => {
    const [quantity, unitPrice] = third === undefined ? ['1', second] : [second, third];
    return { ...blankLine(tax), description, quantity: amountIn(quantity), unitPrice: amountIn(unitPrice) };
  });
}

/** A cell's number without the currency that may stand at it; what is no number stays, for the person to mend. */
function amountIn(cell: string): string {
  const bare = cell.replace(/[^\d.,'’\s-]/g, '').trim();
  return readAmount(bare) === null ? cell : bare;
}
