/** How a field of days takes what is typed: as it is. What is wrong is said at the field, not quietly made right. */
export const asTyped = { clampBehavior: 'none', allowNegative: true, allowDecimal: true } as const;

/** Whether what was typed is a number of days within which a customer may be asked to pay. */
export const arePaymentDays = (typed: number | string): boolean =>
  typeof typed === 'number' && Number.isInteger(typed) && typed >= 0 && typed <= 365;
