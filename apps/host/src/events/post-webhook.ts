import type { Egress } from '../egress/egress.ts';
import { subjectOf, type ExchangeLog } from '../exchanges/exchange-log.ts';
import { personalNumbers } from '../exchanges/personal-values.ts';
import { shortestHidden } from '../exchanges/shortest-hidden.ts';
import type { Tenant, Webhook as Recipient } from '../tenants/tenant.ts';
import { traceHeaders } from '../tracing.ts';
import type { WebhookType } from './webhook-deliveries.ts';
import { webhookSigner } from './webhook-signer.ts';

export interface WebhookMessage {
  /** The same at every attempt, so that receivers can recognise repeats. */
  readonly id: string;
  readonly at: number;
  readonly data: unknown;
  /** The log finds the exchange again by these three. */
  readonly callId?: string;
  readonly number?: string;
  readonly contactId?: string;
}

/** The receiver answered, but not with a success. */
export class WebhookRefused extends Error {
  override readonly name = 'WebhookRefused';
  readonly status: number;

  constructor(status: number) {
    super(`the receiver answered ${status}`);
    this.status = status;
  }
}

export interface PostWebhookDependencies {
  readonly egress: Egress;
  readonly exchanges: ExchangeLog;
  readonly now: () => number;
}

/** The most requests of one tenant that are under way at once. */
export const perTenantAtOnce = 4;
const perTenantLimits = {
  requestsPerSecond: 200,
  concurrency: perTenantAtOnce,
  timeoutMs: 15_000,
};

/** Sends a message to the CRM, signed by Standard Webhooks. @throws {WebhookRefused} */
export async function postWebhook(
  { egress, exchanges, now }: PostWebhookDependencies,
  tenant: Tenant,
  webhook: Recipient,
  type: WebhookType,
  message: WebhookMessage,
): Promise<void> {
  const exchange = exchanges.begin(() => subjectOf(tenant.cipher, message));
  const fetch = egress.fetchFor(
    {
      tenantId: tenant.id,
      connection: 'webhook',
      feature: 'webhook',
      limits: perTenantLimits,
      conceal: [webhook.secretValues, [...tokensIn(webhook.url), ...personalNumbers(message)]],
      // Only the limits end a delivery: a host that shuts down waits for those it has begun.
      signal: new AbortController().signal,
    },
    exchange.record,
  );
  try {
    const { body, headers } = signed(type, message, webhook.secret, new Date(now()));
    const answer = await fetch(webhook.url, {
      method: 'POST',
      body,
      // The CRM is the company's own, so it may continue the trace.
      headers: { ...headers, ...traceHeaders() },
      redirect: 'refuse',
    });
    // Read to the end: an unread answer would appear in the log as one that took too long. Its content does not matter, nor whether it is complete.
    await answer.text().catch(() => undefined);
    if (!answer.ok) throw new WebhookRefused(answer.status);
  } finally {
    exchange.settle(message.callId ?? null);
  }
}

/** The values in the query of an address, to be masked: receivers often recognise a sender by a token there. */
const tokensIn = (url: string): readonly string[] =>
  [...new URL(url).searchParams.values()].filter((value) => value.length >= shortestHidden);

function signed(type: WebhookType, { id, at, data }: WebhookMessage, secret: string, sentAt: Date) {
  const body = JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
  return {
    body,
    headers: {
      'Content-Type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
      'webhook-signature': webhookSigner(secret).sign(id, sentAt, body),
    },
  };
}
