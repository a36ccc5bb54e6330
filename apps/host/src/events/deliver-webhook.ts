import { TelephonyError, type Logger } from '@finaz-telephony/core';
import type { Counter } from 'prom-client';
import { isStoreUnavailable } from '../store/store-error.ts';
import { createTellSeldom } from '../tell-seldom.ts';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import { messageOf } from '../thrown.ts';
import { continuing, inJobSpan, inSpan } from '../tracing.ts';
import {
  postWebhook,
  WebhookRefused,
  type PostWebhookDependencies,
  type WebhookMessage,
} from './post-webhook.ts';
import type { ClaimedDelivery, WebhookDeliveries, WebhookType } from './webhook-deliveries.ts';

/** Builds a message from stored data, anew at each attempt; `undefined` if that data is gone. */
export type WebhookSource = (
  tenant: Tenant,
  subject: string,
) => Promise<WebhookMessage | undefined>;

export interface DeliverWebhookDependencies extends PostWebhookDependencies {
  readonly deliveries: WebhookDeliveries;
  readonly sources: Readonly<Record<WebhookType, WebhookSource>>;
  readonly directory: TenantDirectory;
  readonly logger: Logger;
  /** Labels: tenant, outcome. */
  readonly counter: Counter;
}

/** One attempt to deliver a message: sends it, and stores the outcome. @returns whether the receiver has accepted it */
type DeliverWebhook = (claimed: ClaimedDelivery) => Promise<boolean>;

const seconds = 1000;
const minutes = 60 * seconds;
/** Pauses between attempts; after the last attempt the message is given up. */
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

const unreadPauseMs = 5 * seconds;

export function createDeliverWebhook(dependencies: DeliverWebhookDependencies): DeliverWebhook {
  const { deliveries, sources, directory, logger, now, counter } = dependencies;
  const tellSeldom = createTellSeldom(logger);

  async function deliver(claimed: ClaimedDelivery): Promise<boolean> {
    const read = await readQuietly(claimed);
    if (!read) return false;
    const { tenant, message } = read;
    if (!tenant?.inbound.webhook || !message) {
      await giveUp(claimed, 'the webhook, or what it reports, no longer exists');
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

  /** @returns the company and the message; `undefined` if they cannot be read now */
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

  /** Does not count as an attempt, because the receiver was not asked. */
  async function putBack(claimed: ClaimedDelivery, error: unknown): Promise<void> {
    tellSeldom(
      { tenant: claimed.tenantId, err: error },
      'what a webhook reports could not be read; trying again',
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
    // Deliveries that failed together should not be tried again together.
    const at = now() + Math.round(pause * (0.9 + Math.random() * 0.2));
    await deliveries.retryAt(claimed, at, reason);
  }

  async function giveUp(claimed: ClaimedDelivery, reason: string): Promise<void> {
    const { tenantId, type, subject } = claimed;
    await deliveries.finish(claimed, 'given_up', reason);
    counter.inc({ tenant: tenantId, outcome: 'given_up' });
    logger.error({ tenant: tenantId, type, subject, reason }, 'a webhook is given up');
  }

  return deliver;
}

/**
 * The span of the first attempt is a child of the span in which the message was made. A later attempt, perhaps hours afterwards, is a trace of its own that
 * links to it.
 */
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
