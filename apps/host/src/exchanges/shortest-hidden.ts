/** Shorter values are not hidden wherever they occur, because they match too much of any text. */
export const shortestHidden = 4;
