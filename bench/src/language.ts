// The template language against hand-written code for the same vendor: what rendering a request and reading its answer costs, and rows of results mapped per second.
import genericHttp from '@finaz-telephony/adapter-generic-http';
import type { Adapter, AdapterContext, Contact, ReportedAttempt } from '@finaz-telephony/core';
import * as v from 'valibot';
import { addLead, callRows, placeCall, reportRows } from './handwritten.ts';
import { interleaved, median } from './load.ts';
import { rounds } from './options.ts';
import { ratioOf, reportRatio } from './report.ts';

/** How many times a second something was done. */
interface Pace {
  readonly perSecond: number;
}

/** A subject and the baseline that it is compared with. */
interface LanguageBench {
  readonly name: string;
  readonly unit: 'requests' | 'rows';
  readonly baseline: () => Promise<Pace>;
  readonly subject: () => Promise<Pace>;
}

const ignore = () => undefined;

/** A context whose vendor answers at once, so that only the language is measured; both sides pay for the same `Response`. */
function contextOf(answer: (url: string) => string): AdapterContext {
  return {
    tenant: { id: '1042', timeZone: 'America/Sao_Paulo' },
    connection: 'dialer',
    fetch: async (url) => new Response(answer(String(url))),
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    signal: new AbortController().signal,
    now: () => new Date(),
  };
}

const adapterOf = (settings: object): Adapter =>
  genericHttp.create(v.parse(genericHttp.settings, settings));

const credentials = { user: 'finaz', pass: 's3nha' };
const baseUrl = 'https://pbx.example';
const vicidial = adapterOf({
  profile: 'vicidial',
  baseUrl,
  variables: credentials,
  operators: { 1001: { user: '6001' }, 1002: { user: '6002' } },
});
const threeCPlus = adapterOf({
  profile: 'three-c-plus',
  baseUrl,
  variables: { token: 't0ken' },
  operators: { 1001: { id: '77', token: 'a' }, 1002: { id: '78', token: 'b' } },
});
const mailing = { mailingId: 'm-1', queue: '101', parameters: {}, captures: {} };

const contact = (index: number): Contact => ({
  contactId: `crm-${index}`,
  name: "Maria D'Ávila & filhos",
  cpf: '529.982.247-25',
  phones: [
    { areaCode: '41', number: `9${80_000_000 + index}` },
    { areaCode: '41', number: '33334444' },
  ],
});

async function* only(one: Contact): AsyncGenerator<Contact> {
  yield one;
}

async function requests(count: number, run: (index: number) => Promise<unknown>): Promise<Pace> {
  const startedAt = performance.now();
  for (let index = 0; index < count; index += 1) await run(index);
  return { perSecond: count / ((performance.now() - startedAt) / 1000) };
}

async function rows(count: number, attempts: AsyncIterable<ReportedAttempt>): Promise<Pace> {
  const startedAt = performance.now();
  let read = 0;
  for await (const attempt of attempts) if (attempt.outcome !== 'unknown') read += 1;
  if (read !== count) throw new Error(`${read} of ${count} rows were mapped`);
  return { perSecond: count / ((performance.now() - startedAt) / 1000) };
}

const times = (index: number) => `2026-11-24 ${String(8 + (index % 10)).padStart(2, '0')}:00:01`;

function tabbedReport(count: number): string {
  const lines = [
    'call_date\tphone_number_dialed\tstatus\tuser\tfull_name\tcampaign_id\tvendor_lead_code\tlist_id\tlength_in_sec\tuniqueid\tcaller_code',
  ];
  const statuses = ['SALE', 'B', 'NA', 'AM', 'DROP'];
  for (let index = 0; index < count; index += 1) {
    lines.push(
      `${times(index)}\t419${80_000_000 + index}\t${statuses[index % 5]}\t600${(index % 2) + 1}\tMaria\tCOB\tcrm-${index}\t101\t${index % 300}\t1795521600.${index}\tM${index}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function pageOfCalls(page: number, pages: number): string {
  const data = Array.from({ length: 500 }, (_, index) => ({
    id: `66a1b2c3${page}-${index}`,
    number: `419${80_000_000 + page * 500 + index}`,
    call_date_rfc3339: `${times(index).replace(' ', 'T')}-03:00`,
    status_id: index % 2 === 0 ? 7 : 8,
    hangup_cause: 17,
    readable_status_text: 'Finalizada',
    agent_id: 77,
    speaking_with_agent_time: '00:01:05',
    mailing_data: { identifier: `crm-${page}-${index}`, data: { nome: 'Maria' } },
  }));
  return JSON.stringify({ data, meta: { pagination: { total_pages: pages } } });
}

/** A context whose vendor sends a report in chunks, as a socket does. */
function contextOfReport(report: Uint8Array<ArrayBuffer>): AdapterContext {
  const chunks = function* () {
    for (let at = 0; at < report.length; at += 65_536) yield report.subarray(at, at + 65_536);
  };
  return { ...contextOf(() => ''), fetch: async () => new Response(ReadableStream.from(chunks())) };
}

function languageBenches(): LanguageBench[] {
  const { contactLoad, dialerResults: vicidialResults } = vicidial.features;
  const { click2call, dialerResults: pagedResults } = threeCPlus.features;
  if (!contactLoad || !vicidialResults || !click2call || !pagedResults)
    throw new Error('a profile lacks a feature');
  const agents = new Map([
    ['6001', '1001'],
    ['6002', '1002'],
    ['77', '1001'],
    ['78', '1002'],
  ]);
  const lead = contextOf(() => 'SUCCESS: add_lead LEAD HAS BEEN ADDED - 415555|101|1234|0|41\n');
  const placed = contextOf(() => '{"call":{"id":"66a1b2c3d4e5f60000001","status":1}}');
  const count = 20_000;
  const lines = 100_000;
  const report = contextOfReport(new TextEncoder().encode(tabbedReport(lines)));
  const pageCount = 100;
  const texts = Array.from({ length: pageCount }, (_, index) => pageOfCalls(index + 1, pageCount));
  const paged = contextOf((url) => texts[Number(/[?&]page=(\d+)/.exec(url)?.[1]) - 1] ?? '');
  const period = { from: new Date('2026-11-24T03:00:00Z'), to: new Date('2026-11-25T03:00:00Z') };
  const call = { queue: '42', extension: '1001', areaCode: '41', number: '999998888' };
  const phone = {
    kind: 'mobile',
    e164: '+5541999998888',
    areaCode: '41',
    number: '999998888',
  } as const;
  return [
    {
      name: 'a contact as a form, the answer a line of text',
      unit: 'requests',
      baseline: () =>
        requests(count, (index) =>
          addLead({ baseUrl, ...credentials }, '101', contact(index), lead),
        ),
      subject: () =>
        requests(count, (index) =>
          contactLoad.send({ mailing, contacts: only(contact(index)) }, lead),
        ),
    },
    {
      name: 'a call as a form, the answer JSON',
      unit: 'requests',
      baseline: () => requests(count, () => placeCall(baseUrl, 't0ken', call, placed)),
      subject: () =>
        requests(count, () =>
          click2call(
            { queue: '42', extension: '1001', phone, parameters: {}, attemptId: 'a-1' },
            placed,
          ),
        ),
    },
    {
      name: 'a report with tabs, read while it comes',
      unit: 'rows',
      baseline: () => rows(lines, reportRows({ baseUrl, ...credentials }, agents, report)),
      subject: () => rows(lines, vicidialResults.read({ mailing, period }, report)),
    },
    {
      name: 'pages of JSON',
      unit: 'rows',
      baseline: () => rows(pageCount * 500, callRows(baseUrl, 't0ken', agents, paged)),
      subject: () => rows(pageCount * 500, pagedResults.read({ mailing, period }, paged)),
    },
  ];
}

export async function benchLanguage(): Promise<void> {
  for (const { name, unit, baseline, subject } of languageBenches()) {
    // The first run does not count, because both are compiled while they run.
    await baseline();
    await subject();
    const paces = await interleaved(rounds, baseline, subject);
    const rate = (list: readonly Pace[]) => median(list.map(({ perSecond }) => perSecond));
    const cost = (list: readonly Pace[]) => `${(1e6 / rate(list)).toFixed(1)} µs each`;
    console.log(
      `language: ${name}\n  by hand  ${rate(paces.baseline).toFixed(0)} ${unit}/s (${cost(paces.baseline)})\n  template ${rate(paces.subject).toFixed(0)} ${unit}/s (${cost(paces.subject)})`,
    );
    reportRatio(ratioOf(paces.baseline, paces.subject), 0.5);
  }
}
