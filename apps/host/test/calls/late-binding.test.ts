import { genericHttpSettings, startLoopbackServer } from '@finaz-telephony/testing';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { jsonOf, PlacedShape, TimelineShape } from '../support/json.ts';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

let host: TestHost;
afterEach(() => host.stop());

/**
 * A vendor that accepts calls without giving their ids.
 *
 * @param dialerResults how its reports are read
 */
async function startWithoutIds(dialerResults?: object): Promise<void> {
  host = await startTestHost();
  const { click2call, ...others } = genericHttpSettings(host.vendor.url, '${secret:vendorToken}');
  const { request, outcome } = click2call;
  const saved = await host.tenant('', {
    method: 'PUT',
    json: {
      ...tenantDocument(host.vendor.url),
      connections: {
        dialer: {
          adapter: 'generic-http',
          settings: {
            ...others,
            click2call: { request, outcome },
            ...(dialerResults && { dialerResults }),
          },
        },
      },
    },
  });
  expect(saved.status).toBe(200);
}

const answered = (callId: string, extension: string, number: string) =>
  host.ask(
    `/telephony-proxy/atendimentodiscador?pid=7001&num=${number}&cid=${callId}&ramal=${extension}&empresaId=1042`,
  );

async function kindsOf(callId: string): Promise<string[]> {
  const response = await host.tenant(`/calls/${callId}`);
  return (await jsonOf(response, TimelineShape)).entries.map(({ kind }) => kind);
}

it('a call without an id gets the id of the answered event with its extension and number', async () => {
  await startWithoutIds();
  const call = { queue: '7', extension: '1001', areaCode: '41', number: '99999-8888' };
  const placed = await jsonOf(await host.tenant('/calls', { json: call }), PlacedShape);
  expect(placed.callId).toBeNull();
  await answered('late-0', '1002', '41999998888');
  await answered('late-1', '1001', '041999998888');
  await expect.poll(() => kindsOf('late-1')).toContain('attempt');
  // Neither the event of another extension, nor a second event of the same call.
  expect(await kindsOf('late-0')).not.toContain('attempt');
  await answered('late-2', '1001', '41999998888');
  await expect.poll(() => kindsOf('late-2')).toEqual(['answered']);
});

it("a call without an id gets the id under which the vendor's report lists it", async () => {
  const row = { id: 'reported-1', extension: '1001', number: '41999998888', status: 'BUSY' };
  const reports = await startLoopbackServer((_, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify([{ ...row, at: new Date().toISOString() }]));
  });
  onTestFinished(reports.close);
  await startWithoutIds({
    request: { url: reports.url },
    rows: 'reply',
    fields: {
      callId: '{{ row.id }}',
      extension: '{{ row.extension }}',
      number: '{{ row.number }}',
      at: '{{ row.at }}',
      status: '{{ row.status }}',
    },
    outcomes: { BUSY: 'busy' },
  });
  const mailing = await sendMailing(host, contacts(1));
  await until(host, mailing, isIn('active'));
  const call = { queue: '7', extension: '1001', areaCode: '41', number: '99999-8888' };
  expect((await host.tenant('/calls', { json: call })).status).toBe(201);
  await host.tenant(`/mailings/${mailing}/results/fetch`, { method: 'POST' });
  await expect.poll(() => kindsOf('reported-1')).toContain('attempt');
});

it('a call in doubt counts as placed once its answered event comes', async () => {
  host = await startTestHost();
  host.vendor.faults.next('click2call', { kind: 'resetBeforeAnswer' }, 1);
  const call = { queue: '7', extension: '1001', areaCode: '41', number: '99999-8888' };
  expect((await host.tenant('/calls', { json: call })).status).toBe(502);
  await answered('found-1', '1001', '41999998888');
  await expect.poll(() => kindsOf('found-1')).toContain('attempt');
  const doubts = await host.tenant('/calls?state=in_doubt');
  expect(await doubts.json()).toMatchObject({ calls: [] });
});

it("a call counts as placed, not in doubt, if its answered event came while the host waited for the vendor's answer", async () => {
  host = await startTestHost();
  host.vendor.faults.next('click2call', { kind: 'hang' }, 1);
  const call = { queue: '7', extension: '1001', areaCode: '41', number: '99999-8888' };
  const placing = host.tenant('/calls', { json: call });
  await expect.poll(() => host.vendor.requests.map(({ path }) => path)).toContain('/calls');
  await answered('early-1', '1001', '41999998888');
  expect((await placing).status).toBe(504);
  await expect.poll(() => kindsOf('early-1')).toContain('attempt');
  const doubts = await host.tenant('/calls?state=in_doubt');
  expect(await doubts.json()).toMatchObject({ calls: [] });
});
