import type { Logger } from '@finaz-telephony/core';
import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import type { EventLog, StoredEvent } from '../events/event-log.ts';
import type { Store } from '../store/store.ts';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import { hashNumber, longestCallMs } from './call-record.ts';

/** A call of which the vendor tells its id, the extension and the number: by an answered event, or among the results. */
export interface SeenCall {
  readonly callId: string;
  readonly extension: string;
  readonly at: number;
  /** How far the clock that tells `at` may be behind that of the host. */
  readonly mostBehindMs: number;
  /** Only asked for where there are calls without an id. */
  readonly numberHash: () => string;
}

/**
 * Some vendors accept a call without telling its id, and some answers are lost. What they tell later of the same extension and number at the same
 * time is that call: it gets its id, and one that was in doubt was placed.
 */
export interface CallIdBinder {
  /** Runs in the background: the event does not wait for it. */
  readonly onAnswered: (tenantId: string, event: StoredEvent) => void;
  /** A request to call has ended without an id, accepted or in doubt. Its event may have come in the meantime. */
  readonly onWithoutId: (attemptId: string) => void;
  /** How many calls got their id. */
  readonly bind: (tenant: Tenant, seen: readonly SeenCall[]) => Promise<number>;
  readonly drain: () => Promise<void>;
}

/** The time until somebody answers, and the difference between both clocks. */
const windowMs = 10 * 60_000;
/** Events that come within this time are looked up together. */
const gatherMs = 200;
const mostUnbound = 5000;
/** Fewer than a statement may have parameters, on both engines. */
const askAtOnce = 500;

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

  async function bind(tenant: Tenant, seen: readonly SeenCall[]): Promise<number> {
    if (seen.length === 0) return 0;
    const times = seen.map(({ at }) => at);
    const unbound = await db
      .selectFrom('calls')
      .select(['id', 'extension', 'number_hash', 'created_at'])
      .where('tenant_id', '=', tenant.id)
      .where('call_id', 'is', null)
      // In exactly these words, so that the partial index is used.
      .where(sql<boolean>`state in ('accepted', 'in_doubt')`)
      .where('feature', '=', 'click2call')
      .where('created_at', '>=', times.reduce((a, b) => Math.min(a, b)) - windowMs)
      .where('created_at', '<=', times.reduce((a, b) => Math.max(a, b)) + windowMs)
      .orderBy('created_at')
      .limit(mostUnbound)
      .execute();
    if (unbound.length === 0) return 0;
    let bound = 0;
    for (const call of seen) {
      const [nearest] = unbound
        .filter(
          ({ extension, number_hash, created_at }) =>
            extension === call.extension &&
            number_hash === call.numberHash() &&
            call.at - created_at <= windowMs &&
            // A call that the operator had with the number before is another one.
            created_at - call.at <= call.mostBehindMs,
        )
        .toSorted((a, b) => Math.abs(a.created_at - call.at) - Math.abs(b.created_at - call.at));
      if (!nearest || (await isAnother(tenant, call.callId, nearest.created_at))) continue;
      const { numUpdatedRows } = await db
        .updateTable('calls')
        .set({ call_id: call.callId, state: 'accepted', error_code: null })
        .where('id', '=', nearest.id)
        .where('call_id', 'is', null)
        .executeTakeFirst();
      bound += Number(numUpdatedRows);
      unbound.splice(unbound.indexOf(nearest), 1);
    }
    return bound;
  }

  /**
   * Whether an id belongs to another call than the one placed at `placedAt`: to a placed call that has it already, or to one that was answered before. Calls
   * long before or after do not count: some telephone systems give an id again.
   */
  async function isAnother(tenant: Tenant, callId: string, placedAt: number): Promise<boolean> {
    const placed = await db
      .selectFrom('calls')
      .select('id')
      .where('tenant_id', '=', tenant.id)
      .where('call_id', '=', callId)
      // A transfer has the id of the call that it is of.
      .where('feature', '=', 'click2call')
      .where('created_at', '>', placedAt - longestCallMs)
      .where('created_at', '<', placedAt + longestCallMs)
      .limit(1)
      .executeTakeFirst();
    if (placed) return true;
    const answered = await db
      .selectFrom('events')
      .select('id')
      .where('tenant_id', '=', tenant.id)
      .where('call_id', '=', callId)
      .where('created_at', '>', placedAt - longestCallMs)
      .where('created_at', '<', placedAt)
      .limit(1)
      .executeTakeFirst();
    return answered !== undefined;
  }

  /** Those calls, by company, of which nobody has told the id meanwhile. */
  async function stillWithoutId(attemptIds: readonly string[]) {
    const found = new Map<string, { extension: string; created_at: number }[]>();
    for (let start = 0; start < attemptIds.length; start += askAtOnce) {
      const rows = await db
        .selectFrom('calls')
        .select(['tenant_id', 'extension', 'created_at'])
        .where('id', 'in', attemptIds.slice(start, start + askAtOnce))
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
    await bind(
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
      await setTimeout(gatherMs, undefined, { ref: false });
      const [batch, attemptIds] = [waiting, withoutId];
      waiting = new Map();
      withoutId = [];
      await bindAnswered(batch);
      await orWarn(undefined, () => bindAnsweredBefore(attemptIds));
    }
    running = undefined;
  }

  return {
    bind,
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
