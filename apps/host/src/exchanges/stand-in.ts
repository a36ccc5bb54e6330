/** Replaces what must not be seen. */
export const mask = '***';
