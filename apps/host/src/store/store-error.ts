const sqliteCodes = /^SQLITE_(?:FULL|BUSY|READONLY|IOERR|CANTOPEN|LOCKED|CORRUPT|NOMEM)/;
const nodeCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EROFS',
  'EMFILE',
  'ENFILE',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);
/**
 * Connection exceptions, transactions that others made it roll back, lack of resources, operator intervention, system errors; read-only transactions on a standby, one that
 * idled too long, a lock that was not had in time.
 */
const postgresClasses = /^(?:08|40|53|57|58)|^25(?:006|P03)$|^55P03$/;
const messages =
  /Connection terminated|connection timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|timeout expired|Query read timeout|Cannot use a pool after calling end/i;

/** What SQLite does not see for itself, by its own codes. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: `SQLITE_${string}`;

  constructor(code: StoreError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether an error means that nothing can be stored now, so that a caller may try again later: database away, disk full, read-only. */
export function isStoreUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    sqliteCodes.test(code) ||
    nodeCodes.has(code) ||
    (/^[0-9A-Z]{5}$/.test(code) && postgresClasses.test(code)) ||
    messages.test(error.message)
  );
}
