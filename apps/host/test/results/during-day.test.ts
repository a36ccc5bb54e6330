import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as v from 'valibot';
import { jsonOf } from '../support/json.ts';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

const SummaryShape = v.looseObject({ state: v.string(), attempts: v.number() });
const minutes = 60_000;
const wait = { timeout: 60_000, interval: 50 };

let host: TestHost;
let skipped = 0;
beforeEach(async () => {
  skipped = 0;
  const date = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => date() + skipped);
  host = await startTestHost();
});
afterEach(async () => {
  await host.stop();
  vi.restoreAllMocks();
});

async function wantResults(every?: string): Promise<void> {
  const document = { ...tenantDocument(host.vendor.url), ...(every && { results: { every } }) };
  const saved = await host.tenant('?check=skip', { method: 'PUT', json: document });
  expect(saved.status).toBeLessThan(300);
}

async function loaded(first = 1): Promise<string> {
  const id = await sendMailing(host, contacts(3, first));
  await until(host, id, isIn('active'));
  return id;
}

/** Waits for the end of a fetch: the next one is scheduled from there, so that the clock must not be moved before. */
async function isFetched(id: string, attempts: number): Promise<void> {
  const summary = async () =>
    jsonOf(await host.tenant(`/mailings/${id}/results/summary`), SummaryShape);
  await expect.poll(summary, wait).toMatchObject({ state: 'complete', attempts });
}

const fetchesSeen = () =>
  host.vendor.requests.filter(({ path }) => path === '/queues/7/results').length;

describe('results during the day', () => {
  // A host that dies right after a load leaves the same behind: an active mailing without a scheduled fetch.
  it('are fetched again and again, even for a mailing that was active before the company asked for them', async () => {
    const id = await loaded();
    await host.vendor.dial('7');
    await wantResults('15m');
    skipped += 16 * minutes;
    await isFetched(id, 3);
    const before = fetchesSeen();
    skipped += 16 * minutes;
    await expect.poll(fetchesSeen, wait).toBe(before + 1);
  });

  it('are fetched no more for a mailing once another mailing has taken its queue', async () => {
    await wantResults('15m');
    const id = await loaded();
    await host.vendor.dial('7');
    const next = await loaded(10);
    skipped += 16 * minutes;
    await isFetched(id, 3);
    await isFetched(next, 0);
    const before = fetchesSeen();
    skipped += 16 * minutes;
    // Only a fetch for the mailing that is dialed now.
    await expect.poll(fetchesSeen, wait).toBe(before + 1);
  });
});
