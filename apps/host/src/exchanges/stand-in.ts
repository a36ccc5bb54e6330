/** Stands in the place of what must not be seen. */
export const mask = '***';
