const decimals = /^(\+?\d+)[.,]0{1,2}$/;

/**
 * A number as tables write one in a column that has empty cells too: `4199998888.0`. With the point alone left out, the zero behind it would make it another one.
 */
export const withoutDecimals = (text: string): string => text.replace(decimals, '$1');

/** `4,19999E+10`, as a spreadsheet writes a long number: the digits behind are gone. */
export const isScientific = (text: string): boolean => /^\d(?:[.,]\d+)?e\+?\d+$/i.test(text);
