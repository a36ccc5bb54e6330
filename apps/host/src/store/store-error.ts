import { platformCode } from '../platform-code.ts';

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
 * Connection exceptions, rollbacks forced by other transactions, lack of resources, operator intervention, system errors; read-only transactions on
 * a standby, transactions that idled or took too long, locks not obtained in time. Also errors of a host that is locked out, for instance while a password is
 * changed, a database closed or renamed, or another server takes its place: refused logins, a missing database or one without connections, revoked
 * privileges.
 */
const postgresClasses = /^(?:08|28|3D|40|53|57|58)|^25(?:006|P03|P04)$|^42501$|^55(?:000|P03)$/;
/** A certificate that has expired, or belongs to another server; Node.js error codes. */
const tlsCodes = /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;
const messages =
  /Connection terminated|connection timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|timeout expired|Query read timeout|does not support SSL|Cannot use a pool after calling end/i;

/** A problem with a file that SQLite does not notice: with the code SQLite has for it. */
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
  const code = platformCode(error);
  return (
    sqliteCodes.test(code) ||
    nodeCodes.has(code) ||
    tlsCodes.test(code) ||
    (/^[0-9A-Z]{5}$/.test(code) && postgresClasses.test(code)) ||
    messages.test(error.message)
  );
}
