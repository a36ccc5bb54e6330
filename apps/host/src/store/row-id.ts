import { randomUUID } from 'node:crypto';

/**
 * A version 7 UUID (RFC 9562): it begins with the time, so that new rows are neighbours in an index and a batch touches one page of it, not one per
 * row. Built from `randomUUID`, which draws its random bits in bulk; drawn one by one they would cost more than the row.
 */
export function newRowId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
