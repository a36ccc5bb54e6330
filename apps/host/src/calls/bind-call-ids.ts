import type { Logger } from '@finaz-telephony/core';
import { setTimeout } from 'node:timers/promises';
import type { EventLog, StoredEvent } from '../events/event-log.ts';
import { chunksOf } from '../store/chunks-of.ts';
import type { Store } from '../store/store.ts';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import { bindSeenCalls, windowMs, type SeenCall } from './bind-seen-calls.ts';
import { hashNumber } from './call-record.ts';

/**
 * Some vendors accept a call without giving its id, and some answers are lost. A later event or result with the same extension and number at about the same
 * time is taken for that call: the call gets its id, and if it was in doubt, it counts as accepted.
 */
export interface CallIdBinder {
  /** Runs in the background: the event does not wait for it. */
  readonly onAnswered: (tenantId: string, event: StoredEvent) => void;
  /** A click2call was stored as accepted or in doubt, without a call id. Its event may have come before that. */
  readonly onWithoutId: (attemptId: string) => void;
  /** Resolves with how many calls got their id. */
  readonly bind: (tenant: Tenant, seen: readonly SeenCall[]) => Promise<number>;
  readonly drain: () => Promise<void>;
}

/** Events that come within this time are looked up together. */
const gatherMs = 200;

export function createCallIdBinder(
  store: Store,
  directory: TenantDirectory,
  log: Pick<EventLog, 'answeredBy'>,
  logger: Logger,
): CallIdBinder {
  const { db } = store;
  let waiting = new Map<string, StoredEvent[]>();
  let withoutId: string[] = [];
  let running: Promise<void> | undefined;

  /** Those of the calls that still have no id, by company. */
  async function stillWithoutId(attemptIds: readonly string[]) {
    const found = new Map<string, { extension: string; created_at: number }[]>();
    for (const chunk of chunksOf(attemptIds)) {
      const rows = await db
        .selectFrom('calls')
        .select(['tenant_id', 'extension', 'created_at'])
        .where('id', 'in', chunk)
        .where('call_id', 'is', null)
        .where('feature', '=', 'click2call')
        .execute();
      for (const { tenant_id, ...call } of rows)
        found.set(tenant_id, [...(found.get(tenant_id) ?? []), call]);
    }
    return found;
  }

  async function bindOf(
    tenantId: string,
    ask: (tenant: Tenant) => Promise<readonly StoredEvent[]>,
  ): Promise<void> {
    const tenant = await directory.get(tenantId);
    if (!tenant) return;
    const events = await ask(tenant);
    await bindSeenCalls(
      db,
      tenant,
      events.map((event) => seenCall(tenant, event)),
    );
  }

  async function bindAnswered(batch: ReadonlyMap<string, readonly StoredEvent[]>): Promise<void> {
    for (const [tenantId, events] of batch)
      await orWarn(tenantId, () => bindOf(tenantId, async () => events));
  }

  async function bindAnsweredBefore(attemptIds: readonly string[]): Promise<void> {
    for (const [tenantId, calls] of await stillWithoutId(attemptIds)) {
      const ask = async (tenant: Tenant) => {
        const answered = await Promise.all(
          calls.map(({ extension, created_at: from }) =>
            log.answeredBy(tenant, extension, from, from + windowMs),
          ),
        );
        return answered.flat();
      };
      await orWarn(tenantId, () => bindOf(tenantId, ask));
    }
  }

  async function orWarn(tenant: string | undefined, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      logger.warn(
        { err: error, ...(tenant !== undefined && { tenant }) },
        'calls without an id could not be looked for; what was answered is stored',
      );
    }
  }

  async function bindWaiting(): Promise<void> {
    while (waiting.size > 0 || withoutId.length > 0) {
      // This timer keeps the process alive: otherwise a host that awaits it while shutting down would exit before it has closed everything.
      await setTimeout(gatherMs);
      const [batch, attemptIds] = [waiting, withoutId];
      waiting = new Map();
      withoutId = [];
      await bindAnswered(batch);
      await orWarn(undefined, () => bindAnsweredBefore(attemptIds));
    }
    running = undefined;
  }

  return {
    bind: (tenant, seen) => bindSeenCalls(db, tenant, seen),
    onAnswered(tenantId, event) {
      const events = waiting.get(tenantId) ?? [];
      events.push(event);
      waiting.set(tenantId, events);
      running ??= bindWaiting();
    },
    onWithoutId(attemptId) {
      withoutId.push(attemptId);
      running ??= bindWaiting();
    },
    drain: async () => running,
  };
}

function seenCall(tenant: Tenant, { call, at }: StoredEvent): SeenCall {
  return {
    callId: call.callId,
    extension: call.extension,
    numberHash: () => hashNumber(tenant, call.number),
    at,
    mostBehindMs: 0,
  };
}
