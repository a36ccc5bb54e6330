import { StartError } from '../environment.ts';
import { platformCode } from '../platform-code.ts';

/** Explains why a host cannot use its PostgreSQL. An address that cannot be parsed is not shown: it contains a password. */
export function unusableDatabase(error: unknown): StartError {
  if (error instanceof StartError) return error;
  const code = platformCode(error);
  if (code === 'ERR_INVALID_URL') {
    return new StartError(
      'environment DATABASE_URL: is not a valid address; write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special characters in the password percent-encoded (@ as %40, / as %2F)',
    );
  }
  const words = error instanceof Error ? error.message || String(error) : String(error);
  const mend = mends.get(code) ?? mendOf(words);
  return new StartError(
    `environment DATABASE_URL: the database cannot be used (${words}); ${mend}`,
    { cause: error },
  );
}

export const howToCreate =
  'createdb --owner=USER --encoding=UTF8 --locale=C --template=template0 DATABASE';
export const whenReadOnly =
  'it is read-only (a standby, or default_transaction_read_only): give the address of the primary, or let this user write';
const notYet = 'it takes no connections at this moment: start again when it does';

/** By PostgreSQL's error code (SQLSTATE). */
const mends: ReadonlyMap<string, string> = new Map([
  // A standby does not accept "listen".
  ['25006', whenReadOnly],
  ['3D000', `create it: ${howToCreate}`],
  [
    '3F000',
    'the search_path of its user names no schema that exists: create one with the name of the user, or reset search_path',
  ],
  ['42501', 'let this user own the database, or have its owner grant what is missing'],
  ['42P07', 'another program has its tables there: give the host a database of its own'],
  [
    '53300',
    'raise max_connections there, or the limit of this user or database, or have others take fewer: a host takes 17, besides those that PostgreSQL reserves',
  ],
  ['55000', notYet],
  ['57P03', notYet],
]);

/** By the message of the driver, the server, or TLS. */
function mendOf(words: string): string {
  if (/no encryption/.test(words)) return 'it wants TLS: add "?sslmode=verify-full" to the address';
  if (/does not support SSL/.test(words))
    return 'it has no TLS: switch it on there, or take sslmode out of the address where the network between is your own';
  // PostgreSQL's own clients accept "sslrootcert=system", and managed services include it in the addresses they issue.
  if (/^ENOENT.* open /.test(words))
    return 'take sslrootcert out of the address where the authority is a public one, or have it name a file that is here';
  if (/certificate/i.test(words))
    return 'where its authority is your own, add "&sslrootcert=/path/ca.pem" behind "?sslmode=verify-full"; the certificate must be for the name in the address';
  return 'check address, user, password and rights';
}
