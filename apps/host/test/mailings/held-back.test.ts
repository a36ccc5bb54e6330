import { setTimeout as pause } from 'node:timers/promises';
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as v from 'valibot';
import { jsonOf } from '../support/json.ts';
import { contacts } from '../support/mailings.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

let host: TestHost;
let vendor: LoopbackServer;

const atOnce = 8;
/** Requests to the telephone system that is busy at first. */
let asked = 0;
let askedAtTheSecondTry = 0;

/** Refuses the requests that come at once, and takes all later ones; half a second into the second try, it counts how many have come. */
async function isTooMuch(): Promise<boolean> {
  asked += 1;
  if (asked <= atOnce) return true;
  if (askedAtTheSecondTry === 0) {
    await pause(500);
    askedAtTheSecondTry = asked - atOnce;
  }
  return false;
}

beforeAll(async () => {
  host = await startTestHost();
  vendor = await startLoopbackServer(async (request, response) => {
    if (!(await wholeBody(request))) return;
    if (request.url?.startsWith('/limited')) {
      response.writeHead(429, { 'Retry-After': '3600' });
    }
    if (request.url?.startsWith('/busy') && (await isTooMuch())) {
      response.writeHead(429, { 'Retry-After': '6' });
    }
    response.end('{}');
  });
});
afterAll(async () => {
  await vendor.close();
  await host.stop();
});

const TakenShape = v.looseObject({ mailingId: v.string() });
const ShownShape = v.looseObject({
  state: v.string(),
  heldUntil: v.nullable(v.string()),
  sent: v.number(),
  error: v.nullable(v.looseObject({ code: v.string() })),
});

async function saveTenant(id: string, place: string): Promise<void> {
  const request = {
    method: 'POST',
    url: '/{{ queue }}',
    body: { json: { id: '{{ contactId }}' } },
  };
  const settings = { baseUrl: `${vendor.url}/${place}`, contactLoad: { request } };
  const document = {
    id,
    name: 'Held',
    connections: {
      dialer: { adapter: 'generic-http', settings, limits: { concurrency: atOnce } },
    },
    features: { contactLoad: 'dialer' },
  };
  const saved = await host.ask(`/v1/tenants/${id}`, { method: 'PUT', json: document });
  expect(saved.ok).toBe(true);
}

async function load(tenant: string, queue: string, count = 1) {
  const path = `/v1/tenants/${tenant}/mailings`;
  const taken = await host.ask(`${path}?queue=${queue}`, { json: contacts(count) });
  const { mailingId } = await jsonOf(taken, TakenShape);
  return async () => jsonOf(await host.ask(`${path}/${mailingId}`), ShownShape);
}

const wait = { timeout: 30_000, interval: 50 };

it('loads that a vendor holds back leave room for other companies, say what holds them up, and go on with a changed document', async () => {
  const held = [];
  for (const id of ['l1', 'l2', 'l3', 'l4']) {
    await saveTenant(id, 'limited');
    // Together, as many loads as a host works on at once.
    for (let queue = 1; queue <= 16; queue += 1) held.push(await load(id, `q${queue}`));
  }
  await saveTenant('fine', 'fine');
  const fine = await load('fine', 'q1');
  await expect.poll(fine, wait).toMatchObject({ state: 'active', sent: 1 });
  const [first] = held;
  expect(await first?.()).toMatchObject({
    state: 'loading',
    heldUntil: expect.any(String),
    error: { code: 'rate_limited' },
  });
  await saveTenant('l1', 'fine');
  await expect
    .poll(async () => first?.(), wait)
    .toMatchObject({ state: 'active', sent: 1, error: null });
});

it('a load that was held back sends one contact before it sends several at once', async () => {
  await saveTenant('busy', 'busy');
  const busy = await load('busy', 'q1', 3 * atOnce);
  await expect.poll(busy, wait).toMatchObject({ state: 'active', sent: 3 * atOnce });
  expect(askedAtTheSecondTry).toBe(1);
});
