import type { Logger } from '@finaz-telephony/core';
import { createFetch } from 'ofetch';
import { Webhook } from 'standardwebhooks';
import type { Counter } from 'prom-client';
import type { Egress } from '../egress/egress.ts';
import type { ExchangeLog } from '../exchanges/exchange-log.ts';
import type { Store } from '../store/store.ts';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import type { WebhookDeliveryTable } from '../store/schema.ts';

export type WebhookType = WebhookDeliveryTable['type'];

export interface WebhookMessage {
  /** The same at every attempt: receivers go by it. */
  readonly id: string;
  readonly at: number;
  readonly data: unknown;
  /** By these the exchange is found again in the log. */
  readonly callId?: string;
  readonly number?: string;
  readonly contactId?: string;
}

/** Makes a message from what is stored, at each attempt anew; `undefined` where it is gone. */
export type WebhookSource = (
  tenant: Tenant,
  subject: string,
) => Promise<WebhookMessage | undefined>;

export interface WebhookSenderDependencies {
  readonly store: Store;
  readonly sources: Readonly<Record<WebhookType, WebhookSource>>;
  readonly directory: TenantDirectory;
  readonly egress: Egress;
  readonly exchanges: ExchangeLog;
  readonly logger: Logger;
  readonly hostId: string;
  readonly now: () => number;
  /** Labels: tenant, outcome. */
  readonly deliveries: Counter;
}

/** Delivers messages to the CRM's server, signed by Standard Webhooks; at least once, in no certain order. */
export interface WebhookSender {
  /** Durable when it resolves. Answered calls are added by the log of events itself, in the same commit. Nothing where the tenant has no webhook. */
  readonly add: (tenant: Tenant, type: WebhookType, subject: string) => Promise<void>;
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
  readonly type: WebhookType;
  readonly subject: string;
  readonly attempts: number;
}

export function createWebhookSender(dependencies: WebhookSenderDependencies): WebhookSender {
  const { store, sources, directory, egress, exchanges, logger, hostId, now, deliveries } =
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
      .select(['tenant_id', 'type', 'subject', 'attempts'])
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
        .where('type', '=', row.type)
        .where('subject', '=', row.subject)
        .where('state', '=', 'pending')
        .where('claimed_until', '<', at)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) continue;
      underWay.set(row.tenant_id, atWork + 1);
      claimed.push({
        tenantId: row.tenant_id,
        type: row.type,
        subject: row.subject,
        attempts: row.attempts,
      });
    }
    return claimed;
  }

  async function deliver(claimed: Claimed): Promise<void> {
    const { tenantId, type, subject } = claimed;
    try {
      const tenant = await directory.get(tenantId);
      const message = tenant && (await sources[type](tenant, subject));
      if (!tenant?.inbound.webhook || !message) {
        await finish(claimed, 'given_up', 'the webhook or what it tells of is gone');
        return;
      }
      await post(tenant, tenant.inbound.webhook, type, message);
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
    type: WebhookType,
    message: WebhookMessage,
  ): Promise<void> {
    const { id, callId = null, number, contactId } = message;
    const body = JSON.stringify({
      type,
      timestamp: new Date(message.at).toISOString(),
      data: message.data,
    });
    const at = new Date(now());
    const signer = webhook.secret.startsWith('whsec_')
      ? new Webhook(webhook.secret)
      : new Webhook(webhook.secret, { format: 'raw' });
    const exchange = exchanges.begin({
      callId,
      numberHash: number === undefined ? null : tenant.cipher.hash(number),
      contactHash: contactId === undefined ? null : tenant.cipher.hash(contactId),
    });
    const fetch = egress.fetchFor(
      {
        tenantId: tenant.id,
        connection: 'webhook',
        feature: 'webhook',
        limits: perTenantLimits,
        conceal: [number === undefined ? [webhook.secret] : [webhook.secret, number]],
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
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
          'webhook-signature': signer.sign(id, at, body),
        },
        retry: 0,
        ignoreResponseError: true,
        responseType: 'text',
      });
      if (!response.ok) throw new WebhookRefused(response.status);
    } finally {
      exchange.settle(callId);
    }
  }

  async function retryLater(claimed: Claimed, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    const pause = retryPausesMs[claimed.attempts];
    const isGone = error instanceof WebhookRefused && error.status === 410;
    deliveries.inc({ tenant: claimed.tenantId, outcome: 'failed' });
    logger.warn(
      {
        tenant: claimed.tenantId,
        type: claimed.type,
        subject: claimed.subject,
        attempt: claimed.attempts + 1,
        reason,
      },
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
      .where('type', '=', claimed.type)
      .where('subject', '=', claimed.subject)
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
      .where('type', '=', claimed.type)
      .where('subject', '=', claimed.subject)
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
    async add(tenant, type, subject) {
      if (!tenant.inbound.webhook) return;
      await db
        .insertInto('webhook_deliveries')
        .values({
          tenant_id: tenant.id,
          type,
          subject,
          state: 'pending',
          attempts: 0,
          next_at: now(),
          claimed_by: null,
          claimed_until: 0,
          last_error: null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
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
