import type { Logger } from '@finaz-telephony/core';
import { createFetch } from 'ofetch';
import { Webhook } from 'standardwebhooks';
import type { Counter } from 'prom-client';
import type { Egress } from '../egress/egress.ts';
import type { ExchangeLog } from '../exchanges/exchange-log.ts';
import type { Store } from '../store/store.ts';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import type { EventLog, StoredEvent } from './event-log.ts';
import { shownEvent } from './event-stream-routes.ts';

export interface WebhookSenderDependencies {
  readonly store: Store;
  readonly log: EventLog;
  readonly directory: TenantDirectory;
  readonly egress: Egress;
  readonly exchanges: ExchangeLog;
  readonly logger: Logger;
  readonly hostId: string;
  readonly now: () => number;
  /** Labels: tenant, outcome. */
  readonly deliveries: Counter;
}

/** Delivers answered calls to the CRM's server, signed by Standard Webhooks; at least once, in no certain order. */
export interface WebhookSender {
  /** Sends what is due, of all tenants at once; resolves when these attempts are over. */
  readonly sendDue: () => Promise<number>;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

const seconds = 1000;
const minutes = 60 * seconds;
/** Pauses between attempts; after the last one it is given up, and stays listed. */
const retryPausesMs = [
  5 * seconds,
  30 * seconds,
  2 * minutes,
  10 * minutes,
  60 * minutes,
  4 * 60 * minutes,
  12 * 60 * minutes,
  24 * 60 * minutes,
  24 * 60 * minutes,
];

const leaseMs = 60 * seconds;
const tickMs = 500;
/** A hanging receiver holds at most so many places, all of its own tenant. */
const perTenantAtOnce = 4;
const perTenantLimits = {
  requestsPerSecond: 200,
  concurrency: perTenantAtOnce,
  timeoutMs: 15 * seconds,
};
const readAtOnce = 200;

interface Claimed {
  readonly tenantId: string;
  readonly seq: number;
  readonly attempts: number;
}

export function createWebhookSender(dependencies: WebhookSenderDependencies): WebhookSender {
  const { store, log, directory, egress, exchanges, logger, hostId, now, deliveries } =
    dependencies;
  const { db } = store;
  const underWay = new Map<string, number>();
  const running = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  /** Takes due deliveries under a lease, so that of several hosts one sends, and a dead one's are taken over. */
  async function claim(): Promise<Claimed[]> {
    const at = now();
    const busy = [...underWay]
      .filter(([, count]) => count >= perTenantAtOnce)
      .map(([tenantId]) => tenantId);
    let due = db
      .selectFrom('webhook_deliveries')
      .select(['tenant_id', 'seq', 'attempts'])
      .where('state', '=', 'pending')
      .where('next_at', '<=', at)
      .where('claimed_until', '<', at)
      .orderBy('next_at')
      .limit(readAtOnce);
    if (busy.length > 0) due = due.where('tenant_id', 'not in', busy);
    const claimed: Claimed[] = [];
    for (const row of await due.execute()) {
      const atWork = underWay.get(row.tenant_id) ?? 0;
      if (atWork >= perTenantAtOnce) continue;
      const { numUpdatedRows } = await db
        .updateTable('webhook_deliveries')
        .set({ claimed_by: hostId, claimed_until: at + leaseMs })
        .where('tenant_id', '=', row.tenant_id)
        .where('seq', '=', row.seq)
        .where('state', '=', 'pending')
        .where('claimed_until', '<', at)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) continue;
      underWay.set(row.tenant_id, atWork + 1);
      claimed.push({ tenantId: row.tenant_id, seq: row.seq, attempts: row.attempts });
    }
    return claimed;
  }

  async function deliver(claimed: Claimed): Promise<void> {
    const { tenantId, seq } = claimed;
    try {
      const tenant = await directory.get(tenantId);
      const [event] = tenant ? await log.read(tenant, seq - 1, 1) : [];
      if (!tenant?.inbound.webhook || event?.seq !== seq) {
        await finish(claimed, 'given_up', 'the webhook or the event is gone');
        return;
      }
      await post(tenant, tenant.inbound.webhook, event);
      deliveries.inc({ tenant: tenantId, outcome: 'delivered' });
      await finish(claimed, 'delivered', null);
    } catch (error) {
      await retryLater(claimed, error);
    } finally {
      const left = (underWay.get(tenantId) ?? 1) - 1;
      if (left > 0) underWay.set(tenantId, left);
      else underWay.delete(tenantId);
    }
  }

  async function post(
    tenant: Tenant,
    webhook: { readonly url: string; readonly secret: string },
    event: StoredEvent,
  ): Promise<void> {
    const body = JSON.stringify({
      type: 'call.answered',
      timestamp: new Date(event.at).toISOString(),
      data: shownEvent(event),
    });
    const at = new Date(now());
    const signer = webhook.secret.startsWith('whsec_')
      ? new Webhook(webhook.secret)
      : new Webhook(webhook.secret, { format: 'raw' });
    const exchange = exchanges.begin({
      attemptId: null,
      callId: event.call.callId,
      numberHash: tenant.cipher.hash(event.call.number),
      contactHash:
        event.call.contactId === undefined ? null : tenant.cipher.hash(event.call.contactId),
    });
    const fetch = egress.fetchFor(
      {
        tenantId: tenant.id,
        connection: 'webhook',
        feature: 'webhook',
        limits: perTenantLimits,
        conceal: [[webhook.secret, event.call.number]],
        signal: new AbortController().signal,
      },
      exchange.record,
    );
    const send = createFetch({
      fetch: (address, init) => fetch(addressOf(address), { ...init, redirect: 'refuse' }),
    });
    try {
      const response = await send.raw(webhook.url, {
        method: 'POST',
        body,
        headers: {
          'Content-Type': 'application/json',
          'webhook-id': event.id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
          'webhook-signature': signer.sign(event.id, at, body),
        },
        retry: 0,
        ignoreResponseError: true,
        responseType: 'text',
      });
      if (!response.ok) throw new WebhookRefused(response.status);
    } finally {
      exchange.settle(event.call.callId);
    }
  }

  async function retryLater(claimed: Claimed, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    const pause = retryPausesMs[claimed.attempts];
    const isGone = error instanceof WebhookRefused && error.status === 410;
    deliveries.inc({ tenant: claimed.tenantId, outcome: 'failed' });
    logger.warn(
      { tenant: claimed.tenantId, seq: claimed.seq, attempt: claimed.attempts + 1, reason },
      'a webhook was not delivered',
    );
    if (pause === undefined || isGone) return finish(claimed, 'given_up', reason);
    await db
      .updateTable('webhook_deliveries')
      .set({
        attempts: claimed.attempts + 1,
        // Many that failed together should not come back together.
        next_at: now() + Math.round(pause * (0.9 + Math.random() * 0.2)),
        claimed_by: null,
        claimed_until: 0,
        last_error: reason.slice(0, 500),
      })
      .where('tenant_id', '=', claimed.tenantId)
      .where('seq', '=', claimed.seq)
      .execute();
  }

  async function finish(
    claimed: Claimed,
    state: 'delivered' | 'given_up',
    reason: string | null,
  ): Promise<void> {
    await db
      .updateTable('webhook_deliveries')
      .set({
        state,
        attempts: claimed.attempts + 1,
        claimed_by: null,
        claimed_until: 0,
        last_error: reason,
      })
      .where('tenant_id', '=', claimed.tenantId)
      .where('seq', '=', claimed.seq)
      .execute();
  }

  function startDelivery(claimed: Claimed): Promise<void> {
    const delivery = deliver(claimed)
      .catch((error: unknown) =>
        logger.error(
          { err: error, tenant: claimed.tenantId },
          'a webhook delivery could not be written down; its lease runs out',
        ),
      )
      .finally(() => running.delete(delivery));
    running.add(delivery);
    return delivery;
  }

  async function tick(): Promise<void> {
    try {
      for (const claimed of await claim()) void startDelivery(claimed);
    } catch (error) {
      logger.warn({ err: error }, 'due webhooks could not be read; trying again');
    }
    if (!stopped) timer = setTimeout(() => void tick(), tickMs);
  }

  return {
    async sendDue() {
      const claimed = await claim();
      await Promise.all(claimed.map(startDelivery));
      return claimed.length;
    },
    start() {
      timer = setTimeout(() => void tick(), tickMs);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await Promise.all(running);
    },
  };
}

/** The receiver answered, but not with a success. */
class WebhookRefused extends Error {
  override readonly name = 'WebhookRefused';
  readonly status: number;

  constructor(status: number) {
    super(`the receiver answered ${status}`);
    this.status = status;
  }
}

function addressOf(address: string | URL | Request): string {
  return address instanceof Request ? address.url : String(address);
}
