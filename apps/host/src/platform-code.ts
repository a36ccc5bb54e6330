/** The code that the platform (Node.js, OpenSSL, SQLite, PostgreSQL) has given an error; empty if there is none. */
export const platformCode = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
