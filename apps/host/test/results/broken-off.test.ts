import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AnyObject, jsonOf } from '../support/json.ts';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

let host: TestHost;
let reports: LoopbackServer;
/** Whether the second page of the report fails. */
let isBroken: boolean;
/** The messages that the CRM's webhook has received. */
let told: unknown[];

beforeEach(async () => {
  isBroken = true;
  told = [];
  const dialedAt = new Date().toISOString();
  reports = await startLoopbackServer(async (request, response) => {
    if (request.url === '/crm') {
      told.push(JSON.parse(String(await wholeBody(request))));
      response.end();
      return;
    }
    const page = Number(new URL(request.url ?? '', 'http://reports').searchParams.get('page'));
    if (page === 2 && isBroken) {
      response.writeHead(500).end();
      return;
    }
    const rows = Array.from({ length: page === 1 ? 100 : 0 }, (_, index) => ({
      id: `${index}`,
      contact: 'c-1',
      phone: '41999990001',
      at: dialedAt,
      status: 'ANSWER',
    }));
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ more: page === 1, rows }));
  });
  host = await startTestHost({ secrets: { webhook: 'a secret of the tests' } });
  const { connections } = tenantDocument(host.vendor.url);
  const dialerResults = {
    request: { url: '/report', query: { page: '{{ page }}' } },
    pages: { more: 'reply.more' },
    rows: 'reply.rows',
    fields: {
      id: '{{ row.id }}',
      contactId: '{{ row.contact }}',
      number: '{{ row.phone }}',
      at: '{{ row.at }}',
      status: '{{ row.status }}',
    },
    outcomes: { ANSWER: 'answered' },
  };
  const settings = { baseUrl: reports.url, dialerResults };
  const saved = await host.tenant('?check=skip', {
    method: 'PUT',
    json: {
      ...tenantDocument(host.vendor.url),
      connections: { ...connections, reports: { adapter: 'generic-http', settings } },
      features: { contactLoad: 'dialer', contactClear: 'dialer', dialerResults: 'reports' },
      inbound: { webhook: { url: `${reports.url}/crm`, secret: '${secret:webhook}' } },
    },
  });
  if (saved.status !== 200) throw new Error(await saved.text());
});
afterEach(async () => {
  await host.stop();
  await reports.close();
});

const post = (id: string, what: string) =>
  host.tenant(`/mailings/${id}/${what}`, { method: 'POST' });

const summary = async (id: string) =>
  jsonOf(await host.tenant(`/mailings/${id}/results/summary`), AnyObject);

const failed = (id: string) =>
  expect.poll(async () => (await summary(id))['state'], { timeout: 60_000 }).toBe('failed');

it('a fetch that breaks off keeps the attempts it has read, even if they fill less than a chunk', async () => {
  const id = await sendMailing(host, contacts(1));
  await until(host, id, isIn('active'));
  expect((await post(id, 'results/fetch')).status).toBe(202);
  await failed(id);
  expect(await summary(id)).toMatchObject({ attempts: 100 });
});

it('the webhook announces attempts from a fetch that broke off after the next fetch, even if that one brings nothing new', async () => {
  const id = await sendMailing(host, contacts(1));
  await until(host, id, isIn('active'));
  await post(id, 'results/fetch');
  await failed(id);
  isBroken = false;
  await post(id, 'results/fetch');
  await expect
    .poll(() => told, { timeout: 10_000 })
    .toMatchObject([{ type: 'mailing.results', data: { attempts: 100, isFinal: false } }]);
});

it('the webhook announces the final results of a mailing even if an earlier fetch has already brought all of them', async () => {
  isBroken = false;
  const id = await sendMailing(host, contacts(1));
  await until(host, id, isIn('active'));
  await post(id, 'results/fetch');
  await expect.poll(() => told, { timeout: 10_000 }).toHaveLength(1);
  await post(id, 'deactivate');
  await expect
    .poll(() => told, { timeout: 10_000 })
    .toMatchObject([
      { data: { isFinal: false } },
      { type: 'mailing.results', data: { attempts: 100, isFinal: true } },
    ]);
});

it('a mailing deactivated after a retry that could not clear the queue can have its results requested again, and is finished', async () => {
  host.vendor.faults.next('contactLoad', { kind: 'status', status: 401 });
  const id = await sendMailing(host, contacts(1));
  await until(host, id, isIn('stopped'));
  host.vendor.faults.next('contactClear', { kind: 'status', status: 401 });
  await post(id, 'retry');
  await until(host, id, isIn('stopped'));
  await post(id, 'deactivate');
  await failed(id);
  isBroken = false;
  expect((await post(id, 'results/fetch')).status).toBe(202);
  await until(host, id, isIn('finished'));
});
