/** The code that the platform has given an error: Node.js, OpenSSL, SQLite, PostgreSQL. Empty where it has none. */
export const platformCode = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
