const decimals = /^(\+?\d+)[.,]0{1,2}$/;

/**
 * A number as spreadsheets write one in a column with empty cells: `4199998888.0`. If only the point were dropped, the zero after it would change the number.
 */
export const withoutDecimals = (text: string): string => text.replace(decimals, '$1');

/** `4,19999E+10`, as a spreadsheet writes a long number: the remaining digits are lost. */
export const isScientific = (text: string): boolean => /^\d(?:[.,]\d+)?e\+?\d+$/i.test(text);
