import { Counter } from 'prom-client';
import { afterEach, expect, test, vi } from 'vitest';
import type { WebhookSource } from '../../src/events/deliver-webhook.ts';
import type { ClaimedDelivery, WebhookDeliveries } from '../../src/events/webhook-deliveries.ts';
import { createWebhookSender } from '../../src/events/webhook-sender.ts';
import { silentLogger } from '../../src/logger.ts';
import { openResults } from '../support/open-results.ts';
import { noExchanges } from '../support/no-exchanges.ts';

afterEach(() => {
  vi.useRealTimers();
});

const tickMs = 500;
const now = 1_800_000_000_000;

/** A sender whose receiver gives everything the same answer at once. */
async function openSender(
  claim: WebhookDeliveries['claim'],
  status = 200,
  changes: Partial<WebhookDeliveries> = {},
  source?: WebhookSource,
) {
  const { tenant, close } = await openResults();
  const hooked = {
    ...tenant,
    inbound: {
      ...tenant.inbound,
      webhook: {
        url: 'https://crm.example/hooks?token=t-12345678',
        secret: 'secret',
        secretValues: ['secret'],
      },
    },
  };
  const delivered: string[] = [];
  const sent: string[] = [];
  const concealed: string[] = [];
  const sentAt: (string | null)[] = [];
  const retried: number[] = [];
  const put: number[] = [];
  const counter = new Counter({
    name: 'webhooks',
    help: 'of the test',
    labelNames: ['tenant', 'outcome'],
    registers: [],
  });
  const sender = createWebhookSender({
    deliveries: {
      add: async () => undefined,
      releaseAll: async () => undefined,
      claim,
      retryAt: async (_, at) => {
        retried.push(at);
      },
      putBack: async (_, at) => {
        put.push(at);
      },
      finish: async ({ subject }, state) => {
        if (state === 'delivered') delivered.push(subject);
      },
      ...changes,
    },
    sources: {
      'call.answered': source ?? (async (_, subject) => ({ id: subject, at: 0, data: {} })),
      'mailing.results': async () => undefined,
    },
    directory: { peek: () => hooked, get: async () => hooked },
    egress: {
      fetchFor: (scope) => async (address, init) => {
        concealed.push(...(scope.conceal ?? []).flat());
        sentAt.push(new Headers(init?.headers).get('webhook-timestamp'));
        sent.push(String(address));
        return new Response('', { status });
      },
      close: async () => undefined,
    },
    exchanges: noExchanges,
    logger: silentLogger,
    now: () => now,
    counter,
  });
  const counted = async () =>
    (await counter.get()).values.map(({ labels, value }) => `${labels.outcome} ${value}`);
  return { sender, delivered, sent, sentAt, concealed, retried, put, counted, close };
}

const due = (subject: number, more: Partial<ClaimedDelivery> = {}): ClaimedDelivery => ({
  tenantId: '1042',
  type: 'call.answered',
  subject: `${subject}`,
  attempts: 0,
  trace: null,
  ...more,
});

test('a quick receiver gets all due deliveries without waiting for the next tick after each few', async () => {
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

test('a receiver that hangs gets at most four deliveries at once, and does not hold up other companies', async () => {
  const hangs = Promise.withResolvers<undefined>();
  const asked: string[] = [];
  const { sender, close } = await openSender(
    async (full, roomOf) => {
      asked.push(`passed over: ${full.join()}, room: ${roomOf('1042')}, of others: ${roomOf('7')}`);
      return Array.from({ length: roomOf('1042') }, (_, index) => due(index));
    },
    200,
    {},
    () => hangs.promise,
  );
  const first = sender.sendDue();
  await expect.poll(() => asked).toHaveLength(1);
  const second = sender.sendDue();
  await expect.poll(() => asked).toHaveLength(2);
  hangs.resolve(undefined);
  await Promise.all([first, second]);
  await sender.sendDue();
  expect(asked).toEqual([
    'passed over: , room: 4, of others: 4',
    'passed over: 1042, room: 0, of others: 4',
    'passed over: , room: 4, of others: 4',
  ]);
  await sender.stop();
  await close();
});

test('a host that shuts down sends the deliveries that it is just claiming before it closes', async () => {
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

test('the log conceals the secret of a webhook, the token in its address, and the called number', async () => {
  const { sender, concealed, close } = await openSender(
    async () => [due(1)],
    200,
    {},
    async () => ({ id: '1', at: 0, data: {}, number: '+5541999998888' }),
  );
  await sender.sendDue();
  expect(concealed).toEqual(expect.arrayContaining(['secret', 't-12345678', '99998888']));
  await sender.stop();
  await close();
});

test('each attempt carries the time when it is sent, not that of its event, because receivers refuse old timestamps', async () => {
  const { sender, sentAt, close } = await openSender(async () => [due(1, { attempts: 5 })]);
  await sender.sendDue();
  expect(sentAt).toEqual([String(now / 1000)]);
  await sender.stop();
  await close();
});

test('a delivery that the receiver answers with 410 is counted as failed and given up', async () => {
  const { sender, counted, close } = await openSender(async () => [due(1)], 410);
  await sender.sendDue();
  expect(await counted()).toEqual(['failed 1', 'given_up 1']);
  await sender.stop();
  await close();
});

test('a failing delivery is retried nine times, after pauses from five seconds to a day, and then given up', async () => {
  let attempts = 0;
  const { sender, retried, counted, close } = await openSender(
    async () => [due(1, { attempts })],
    500,
  );
  for (; attempts < 10; attempts += 1) await sender.sendDue();
  const seconds = [5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600, 24 * 3600];
  // Each pause varies at random by up to a tenth, so that many deliveries do not come back together.
  expect(
    retried.map((at, tried) => Math.abs((at - now) / 1000 / (seconds[tried] ?? 0) - 1) < 0.101),
  ).toEqual(seconds.map(() => true));
  expect(await counted()).toEqual(['failed 10', 'given_up 1']);
  await sender.stop();
  await close();
});

test('a delivery whose event no longer exists is given up without being sent', async () => {
  const { sender, sent, retried, counted, close } = await openSender(async () => [
    due(1, { type: 'mailing.results' }),
  ]);
  await sender.sendDue();
  expect(sent).toEqual([]);
  expect(retried).toEqual([]);
  expect(await counted()).toEqual(['given_up 1']);
  await sender.stop();
  await close();
});

test('a successful delivery is counted as delivered, and not retried, even if the store cannot record it', async () => {
  const { sender, sent, retried, counted, close } = await openSender(async () => [due(1)], 200, {
    finish: async () => {
      throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    },
  });
  await sender.sendDue();
  expect(sent).toHaveLength(1);
  expect(retried).toEqual([]);
  expect(await counted()).toEqual(['delivered 1']);
  await sender.stop();
  await close();
});

test.each([
  ['its event cannot be read now', Object.assign(new Error('away'), { code: 'ECONNREFUSED' }), 1],
  ['its event does not open', new Error('damaged'), 0],
])(
  'an attempt is used up if its event cannot be read, unless the store is away: %s',
  async (_what, error, times) => {
    const { sender, sent, retried, put, counted, close } = await openSender(
      async () => [due(1, { attempts: 8 })],
      200,
      {},
      async () => {
        throw error;
      },
    );
    await sender.sendDue();
    expect(sent).toEqual([]);
    expect(put).toEqual(Array(times).fill(now + 5000));
    expect(retried).toHaveLength(1 - times);
    expect(await counted()).toEqual(times === 1 ? [] : ['failed 1']);
    await sender.stop();
    await close();
  },
);
