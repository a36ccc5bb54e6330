import { Counter } from 'prom-client';
import { afterEach, expect, test, vi } from 'vitest';
import type { ClaimedDelivery, WebhookDeliveries } from '../../src/events/webhook-deliveries.ts';
import { createWebhookSender } from '../../src/events/webhook-sender.ts';
import { silentLogger } from '../../src/logger.ts';
import { openResults } from '../support/open-results.ts';
import { noExchanges } from '../support/no-exchanges.ts';

afterEach(() => {
  vi.useRealTimers();
});

const tickMs = 500;

/** A sender whose receiver gives everything the same answer at once. */
async function openSender(claim: WebhookDeliveries['claim'], status = 200) {
  const { tenant, close } = await openResults();
  const hooked = {
    ...tenant,
    inbound: {
      ...tenant.inbound,
      webhook: { url: 'https://crm.example/hooks', secret: 'secret', secretValues: ['secret'] },
    },
  };
  const delivered: string[] = [];
  const counter = new Counter({
    name: 'webhooks',
    help: 'of the test',
    labelNames: ['tenant', 'outcome'],
    registers: [],
  });
  const sender = createWebhookSender({
    deliveries: {
      add: async () => undefined,
      claim,
      retryAt: async () => undefined,
      finish: async ({ subject }, state) => {
        if (state === 'delivered') delivered.push(subject);
      },
    },
    sources: {
      'call.answered': async (_, subject) => ({ id: subject, at: 0, data: {} }),
      'mailing.results': async () => undefined,
    },
    directory: { peek: () => hooked, get: async () => hooked },
    egress: {
      fetchFor: () => async () => new Response('', { status }),
      close: async () => undefined,
    },
    exchanges: noExchanges,
    logger: silentLogger,
    now: () => 0,
    counter,
  });
  const counted = async () =>
    (await counter.get()).values.map(({ labels, value }) => `${labels.outcome} ${value}`);
  return { sender, delivered, counted, close };
}

const due = (subject: number): ClaimedDelivery => ({
  tenantId: '1042',
  type: 'call.answered',
  subject: `${subject}`,
  attempts: 0,
});

test('a quick receiver gets what is due without a pause after every few', async () => {
  let left = 40;
  const { sender, delivered, close } = await openSender(async (_, roomOf) => {
    const claimed: ClaimedDelivery[] = [];
    while (left > 0 && claimed.length < roomOf('1042')) {
      claimed.push(due(left));
      left -= 1;
    }
    return claimed;
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  sender.start();
  await vi.advanceTimersByTimeAsync(tickMs);
  for (let turn = 0; turn < 200 && delivered.length < 40; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(delivered).toHaveLength(40);
  await sender.stop();
  await close();
});

test('a host that ends sends what it took in that moment before it closes', async () => {
  const looked = Promise.withResolvers<void>();
  const taken = Promise.withResolvers<ClaimedDelivery[]>();
  const { sender, delivered, close } = await openSender(() => {
    looked.resolve();
    return taken.promise;
  });
  sender.start();
  await looked.promise;
  const stopped = sender.stop();
  taken.resolve([due(1)]);
  await stopped;
  expect(delivered).toEqual(['1']);
  await close();
});

test('one that is given up is counted as such', async () => {
  const { sender, counted, close } = await openSender(async () => [due(1)], 410);
  await sender.sendDue();
  expect(await counted()).toEqual(['failed 1', 'given_up 1']);
  await sender.stop();
  await close();
});
