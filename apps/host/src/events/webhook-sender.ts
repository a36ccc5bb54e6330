import { TelephonyError, type Logger } from '@finaz-telephony/core';
import type { Counter } from 'prom-client';
import type { Egress } from '../egress/egress.ts';
import type { ExchangeLog } from '../exchanges/exchange-log.ts';
import { isStoreUnavailable } from '../store/store-error.ts';
import { createTellSeldom } from '../tell-seldom.ts';
import { continuing, inJobSpan, inSpan } from '../tracing.ts';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import {
  perTenantAtOnce,
  postWebhook,
  WebhookRefused,
  type WebhookMessage,
} from './post-webhook.ts';
import type { ClaimedDelivery, WebhookDeliveries, WebhookType } from './webhook-deliveries.ts';
import { messageOf } from '../thrown.ts';

/** Builds a message from what is stored, again at each attempt; `undefined` if that is gone. */
export type WebhookSource = (
  tenant: Tenant,
  subject: string,
) => Promise<WebhookMessage | undefined>;

export interface WebhookSenderDependencies {
  readonly deliveries: WebhookDeliveries;
  readonly sources: Readonly<Record<WebhookType, WebhookSource>>;
  readonly directory: TenantDirectory;
  readonly egress: Egress;
  readonly exchanges: ExchangeLog;
  readonly logger: Logger;
  readonly now: () => number;
  /** Labels: tenant, outcome. */
  readonly counter: Counter;
}

/** Delivers messages to the CRM's server; at least once, in no certain order. */
export interface WebhookSender {
  /** Durable when it resolves. Answered calls are added by the log of events itself, in the same commit. Nothing where the tenant has no webhook. */
  readonly add: (tenant: Tenant, type: WebhookType, subject: string) => Promise<void>;
  /** Sends what is due, of all tenants at once; resolves when these attempts are over. */
  readonly sendDue: () => Promise<number>;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

/** The first attempt stands below the span in which its message was made. A later one, perhaps hours afterwards, is a trace of its own that points there. */
function inDeliverySpan(claimed: ClaimedDelivery, run: () => Promise<void>): Promise<void> {
  const { tenantId, type, attempts, trace } = claimed;
  const name = `webhook ${type}`;
  const attributes = {
    'telephony.tenant': tenantId,
    'telephony.feature': 'webhook',
    'telephony.webhook.attempt': attempts + 1,
  };
  const codeOf = (error: unknown) =>
    error instanceof WebhookRefused ? String(error.status) : undefined;
  return attempts === 0
    ? inSpan(name, { attributes, codeOf, parent: continuing(trace) }, run)
    : inJobSpan(name, { attributes, codeOf, cause: trace }, run);
}

const seconds = 1000;
const minutes = 60 * seconds;
/** Pauses between attempts; after the last one it is given up. */
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

const tickMs = 500;
const unreadPauseMs = 5 * seconds;

export function createWebhookSender(dependencies: WebhookSenderDependencies): WebhookSender {
  const { deliveries, sources, directory, logger, now, counter } = dependencies;
  const tellSeldom = createTellSeldom(logger);
  /** How many deliveries are under way, by tenant: a receiver that hangs takes places of its own tenant alone. */
  const underWay = new Map<string, number>();
  const running = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let isHurried = false;
  let ticking: Promise<void> = Promise.resolve();

  const roomOf = (tenantId: string) => perTenantAtOnce - (underWay.get(tenantId) ?? 0);

  function occupy(tenantId: string, places: 1 | -1): void {
    const taken = (underWay.get(tenantId) ?? 0) + places;
    if (taken > 0) underWay.set(tenantId, taken);
    else underWay.delete(tenantId);
  }

  async function claim(): Promise<ClaimedDelivery[]> {
    const full = [...underWay.keys()].filter((tenantId) => roomOf(tenantId) <= 0);
    const claimed = await deliveries.claim(full, roomOf);
    for (const { tenantId } of claimed) occupy(tenantId, 1);
    return claimed;
  }

  /** @returns whether the receiver has it */
  async function deliver(claimed: ClaimedDelivery): Promise<boolean> {
    const read = await readQuietly(claimed);
    if (!read) return false;
    const { tenant, message } = read;
    if (!tenant?.inbound.webhook || !message) {
      await giveUp(claimed, 'the webhook or what it tells of is gone');
      return false;
    }
    const { webhook } = tenant.inbound;
    try {
      await inDeliverySpan(claimed, () =>
        postWebhook(dependencies, tenant, webhook, claimed.type, message),
      );
    } catch (error) {
      await failed(claimed, error);
      return false;
    }
    counter.inc({ tenant: claimed.tenantId, outcome: 'delivered' });
    await deliveries.finish(claimed, 'delivered', null);
    return true;
  }

  /** @returns what is to be delivered; nothing where that cannot be read now */
  async function readQuietly(claimed: ClaimedDelivery) {
    const { tenantId, type, subject } = claimed;
    try {
      const tenant = await directory.get(tenantId);
      return { tenant, message: tenant && (await sources[type](tenant, subject)) };
    } catch (error) {
      await (isStoreUnavailable(error) ? putBack(claimed, error) : failed(claimed, error));
      return undefined;
    }
  }

  /** The receiver was not asked, so this was none of its attempts. */
  async function putBack(claimed: ClaimedDelivery, error: unknown): Promise<void> {
    tellSeldom(
      { tenant: claimed.tenantId, err: error },
      'what a webhook tells of could not be read; trying again',
    );
    await deliveries.putBack(claimed, now() + unreadPauseMs);
  }

  async function failed(claimed: ClaimedDelivery, error: unknown): Promise<void> {
    const { tenantId, type, subject, attempts } = claimed;
    const reason = messageOf(error);
    const mend = TelephonyError.isInstance(error) ? error.hint : undefined;
    counter.inc({ tenant: tenantId, outcome: 'failed' });
    tellSeldom(
      { tenant: tenantId, type, subject, attempt: attempts + 1, reason, ...(mend && { mend }) },
      'a webhook was not delivered',
    );
    const pause = retryPausesMs[attempts];
    const isGone = error instanceof WebhookRefused && error.status === 410;
    if (pause === undefined || isGone) return giveUp(claimed, reason);
    // Many that failed together should not come back together.
    const at = now() + Math.round(pause * (0.9 + Math.random() * 0.2));
    await deliveries.retryAt(claimed, at, reason);
  }

  async function giveUp(claimed: ClaimedDelivery, reason: string): Promise<void> {
    const { tenantId, type, subject } = claimed;
    await deliveries.finish(claimed, 'given_up', reason);
    counter.inc({ tenant: tenantId, outcome: 'given_up' });
    logger.error({ tenant: tenantId, type, subject, reason }, 'a webhook is given up');
  }

  function startDelivery(claimed: ClaimedDelivery): Promise<void> {
    const delivery = deliver(claimed)
      .finally(() => occupy(claimed.tenantId, -1))
      .then((isDelivered) => {
        // The receiver is quick, so there may be more for it: with a few at each look, a busy company would fall behind for ever.
        if (isDelivered && !underWay.has(claimed.tenantId)) lookSoon();
      })
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
    timer = undefined;
    isHurried = false;
    try {
      for (const claimed of await claim()) void startDelivery(claimed);
    } catch (error) {
      tellSeldom({ err: error }, 'due webhooks could not be read; trying again');
    }
    if (!stopped) timer = setTimeout(next, isHurried ? 0 : tickMs);
  }

  const next = () => {
    ticking = tick();
  };

  function lookSoon(): void {
    isHurried = true;
    if (stopped || timer === undefined) return;
    clearTimeout(timer);
    timer = setTimeout(next, 0);
  }

  return {
    async add(tenant, type, subject) {
      if (tenant.inbound.webhook) await deliveries.add(tenant.id, type, subject);
    },
    async sendDue() {
      const claimed = await claim();
      await Promise.all(claimed.map(startDelivery));
      return claimed.length;
    },
    start() {
      timer = setTimeout(next, tickMs);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      // What it has taken by then is sent, too.
      await ticking;
      await Promise.all(running);
    },
  };
}
