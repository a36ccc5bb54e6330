import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tenant } from '../tenants/tenant.ts';
import type { DamagedEvent, StoredEvent } from './event-log.ts';

export type ReadEvents = (
  tenant: Tenant,
  afterSeq: number,
  limit: number,
) => Promise<readonly (StoredEvent | DamagedEvent)[]>;

/**
 * Does one read for all who ask for the same in one turn of the event loop: hundreds of screens read on from the same place, and decrypting each event for each
 * of them would hold up everybody else. The read begins after that turn, so nobody is given less than was there when they asked.
 */
export function readTogether(read: ReadEvents): ReadEvents {
  const asked = new Map<string, ReturnType<ReadEvents>>();
  return (tenant, afterSeq, limit) => {
    const question = JSON.stringify([tenant.id, afterSeq, limit]);
    const known = asked.get(question);
    if (known) return known;
    const answer = nextTurn().then(() => {
      asked.delete(question);
      return read(tenant, afterSeq, limit);
    });
    asked.set(question, answer);
    return answer;
  };
}
