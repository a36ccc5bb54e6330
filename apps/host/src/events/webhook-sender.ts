import { Counts } from '../counts.ts';
import { createTellSeldom } from '../tell-seldom.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { createDeliverWebhook, type DeliverWebhookDependencies } from './deliver-webhook.ts';
import { perTenantAtOnce } from './post-webhook.ts';
import type { ClaimedDelivery, WebhookType } from './webhook-deliveries.ts';

/** Delivers messages to the CRM's server, at least once, in no particular order. */
export interface WebhookSender {
  /** Durable when it resolves; does nothing if the tenant has no webhook. Answered calls are added by the event log itself, in the same commit. */
  readonly add: (tenant: Tenant, type: WebhookType, subject: string) => Promise<void>;
  /** Sends what is due, of all tenants at once; resolves when these attempts are over. */
  readonly sendDue: () => Promise<number>;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

const tickMs = 500;

export function createWebhookSender(dependencies: DeliverWebhookDependencies): WebhookSender {
  const { deliveries, logger } = dependencies;
  const deliver = createDeliverWebhook(dependencies);
  const tellSeldom = createTellSeldom(logger);
  /** Per tenant, so that a receiver that hangs takes up only the places of its own tenant. */
  const underWay = new Counts();
  const running = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let isHurried = false;
  let ticking: Promise<void> = Promise.resolve();

  const roomOf = (tenantId: string) => perTenantAtOnce - underWay.of(tenantId);

  async function startDue(): Promise<readonly Promise<void>[]> {
    const full = underWay.names().filter((tenantId) => roomOf(tenantId) <= 0);
    const claimed = await deliveries.claim(full, roomOf);
    return claimed.map(startDelivery);
  }

  function startDelivery(claimed: ClaimedDelivery): Promise<void> {
    const leave = underWay.add(claimed.tenantId);
    const delivery = deliver(claimed)
      .finally(leave)
      .then((isDelivered) => {
        // The receiver is quick, so look for more at once: with a few deliveries at each tick, a busy company would fall behind for ever.
        if (isDelivered && underWay.of(claimed.tenantId) === 0) lookSoon();
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
      void (await startDue());
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
      const started = await startDue();
      await Promise.all(started);
      return started.length;
    },
    start() {
      timer = setTimeout(next, tickMs);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      // What the last tick has claimed is sent, too.
      await ticking;
      await Promise.all(running);
    },
  };
}
