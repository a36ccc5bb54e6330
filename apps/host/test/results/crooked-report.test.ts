// A report as old dialers write it, end to end: Latin-1 under a wrong Content-Type, quotes, line breaks inside cells, CR LF. Fetched twice, in another order and
// over overlapping periods, it gives the same attempts.
import {
  genericHttpSettings,
  startLoopbackServer,
  type LoopbackServer,
} from '@finaz-telephony/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as v from 'valibot';
import { jsonOf } from '../support/json.ts';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

const SummaryShape = v.looseObject({
  state: v.string(),
  attempts: v.number(),
  unreadable: v.number(),
});
const AttemptsShape = v.looseObject({
  attempts: v.array(
    v.looseObject({
      contactId: v.nullable(v.string()),
      outcome: v.string(),
      vendorStatus: v.string(),
      number: v.string(),
      at: v.string(),
    }),
  ),
});
const wait = { timeout: 60_000, interval: 50 };

let host: TestHost;
let reports: LoopbackServer;
let rows: string[] = [];
beforeEach(async () => {
  reports = await startLoopbackServer((_, response) => {
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    const text = ['contato;telefone;data;"situação"', ...rows, ''].join('\r\n');
    response.end(Buffer.from(text, 'latin1'));
  });
  host = await startTestHost();
  const document = tenantDocument(host.vendor.url);
  const settings = genericHttpSettings(host.vendor.url, '${secret:vendorToken}');
  const dialerResults = {
    request: { url: '/relatorio', query: { de: "{{ from | date: 'iso' }}" } },
    read: { as: 'delimited' },
    fields: {
      contactId: '{{ row.contato }}',
      number: '{{ row.telefone }}',
      at: '{{ row.data }}',
      status: "{{ row['situação'] }}",
    },
    outcomes: { 'Ligação atendida; "ok"': 'answered', 'Não\r\natendeu': 'no_answer' },
  };
  const saved = await host.tenant('?check=skip', {
    method: 'PUT',
    json: {
      ...document,
      connections: {
        dialer: {
          ...document.connections.dialer,
          settings: { ...settings },
          limits: { timeout: 5 },
        },
        reports: {
          adapter: 'generic-http',
          settings: { baseUrl: reports.url, dialerResults },
        },
      },
      features: { contactLoad: 'dialer', contactClear: 'dialer', dialerResults: 'reports' },
    },
  });
  if (saved.status > 201) throw new Error(await saved.text());
});
afterEach(async () => {
  await host.stop();
  await reports.close();
});

it('a Latin-1 report with quotes, line breaks in cells and repeated rows gives each attempt once, with its whole status', async () => {
  const id = await sendMailing(host, contacts(3));
  await until(host, id, isIn('active'));
  const at = (seconds: number) =>
    new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+/, '');
  const first = `c-1;41988000002;${at(0)};"Ligação atendida; ""ok"""`;
  const second = `c-2;41988000003;${at(1)};"Não\r\natendeu"`;
  const third = `c-3;41988000004;${at(2)};Opção inválida`;
  rows = [first, second];
  await host.tenant(`/mailings/${id}/results/fetch`, { method: 'POST' });
  const summary = async () =>
    jsonOf(await host.tenant(`/mailings/${id}/results/summary`), SummaryShape);
  await expect.poll(summary, wait).toMatchObject({ state: 'complete', attempts: 2, unreadable: 0 });

  rows = [third, second, first, second];
  await host.tenant(`/mailings/${id}/deactivate`, { method: 'POST' });
  await until(host, id, isIn('finished'));
  expect(await summary()).toMatchObject({ attempts: 3, unreadable: 0 });
  const { attempts } = await jsonOf(await host.tenant(`/mailings/${id}/results`), AttemptsShape);
  expect(
    attempts.map(({ contactId, vendorStatus, outcome }) => [contactId, vendorStatus, outcome]),
  ).toEqual([
    ['c-1', 'Ligação atendida; "ok"', 'answered'],
    // A line break is not part of the status, and would end the row for programs that read the CSV line by line.
    ['c-2', 'Não  atendeu', 'no_answer'],
    ['c-3', 'Opção inválida', 'unknown'],
  ]);
});

it('an attempt dialed after another mailing took the queue belongs to that mailing alone, though both fetches report it', async () => {
  const mailings: string[] = [];
  for (let count = 1; count <= 2; count += 1) {
    const id = await sendMailing(host, contacts(1));
    await until(host, id, isIn('active'));
    mailings.push(id);
  }
  const at = new Date(Date.now() + 600_000).toISOString().replace(/\.\d+/, '');
  rows = [`c-1;41988000002;${at};"Não\r\natendeu"`];
  const summaryOf = async (id: string) =>
    jsonOf(await host.tenant(`/mailings/${id}/results/summary`), SummaryShape);
  for (const [index, id] of mailings.entries()) {
    await host.tenant(`/mailings/${id}/results/fetch`, { method: 'POST' });
    await expect
      .poll(() => summaryOf(id), wait)
      .toMatchObject({ state: 'complete', attempts: index, outsidePeriod: 1 - index });
  }
});
