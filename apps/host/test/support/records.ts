import { createCallStore } from '../../src/calls/call-store.ts';
import { createEventLog } from '../../src/events/event-log.ts';
import { createExchangeLog } from '../../src/exchanges/exchange-log.ts';
import { silentLogger } from '../../src/logger.ts';
import { createMailingIntakes } from '../../src/mailings/intake/mailing-intakes.ts';
import { createMailingStore } from '../../src/mailings/mailing-store.ts';
import { createAttemptStore } from '../../src/results/attempt-store.ts';
import { createHostLease } from '../../src/store/host-lease.ts';
import type { Store } from '../../src/store/store.ts';

/** What a host keeps, without the host. */
export function recordsOf(store: Store, hostId: string, now: () => number) {
  return {
    lease: createHostLease(store, hostId, now),
    calls: createCallStore(store, hostId, now),
    events: createEventLog(store, now, () => undefined),
    exchanges: createExchangeLog(store, silentLogger),
    mailings: createMailingStore(store, hostId, now),
    intakes: createMailingIntakes(store, hostId, now),
    attempts: createAttemptStore(store),
  };
}
