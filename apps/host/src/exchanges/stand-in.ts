/** Replaces every hidden value. */
export const mask = '***';
