import { randomUUID } from 'node:crypto';

/**
 * A UUID of version 7 (RFC 9562): it begins with the time, so that new rows are neighbours in an index and a batch touches one page of it, not one for
 * each row. Made of `randomUUID`, which draws its random bits in bulk; drawn one by one they would cost more than the row.
 */
export function newRowId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
