// Both databases give the same answers, byte for byte, whatever stands in ids and names. SQLite compares bytes; PostgreSQL compares by the collation of the database,
// here the Portuguese one of ICU, for which "á" stands before "b", and "a" before "B".
import fc from 'fast-check';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { jsonOf } from '../support/json.ts';
import { isIn, TakenShape, until } from '../support/mailings.ts';
import { openSse } from '../support/sse.ts';
import { adminKey, startTestHost, type AskInit, type TestHost } from '../support/test-host.ts';

const portuguese = "template template0 encoding 'UTF8' locale_provider icu icu_locale 'pt-BR'";

const letters = [
  'a A á Á ab aB b B a-b a_b ç ss ß é e\u0301 İ ı ﬁ'.split(' '),
  'a b',
  '\u00a0a',
  'a\u200b',
];
const signs = [
  '1 9 10 010 1e3 -1 % _ " \\ {} {a,b} $1 a;b NULL null'.split(' '),
  "o'x",
  '😀',
  '\uffff',
];
const halves = ['\ud83d', '\ud83e', 'a\0b', ''];
const long = ['x'.repeat(64), 'x'.repeat(128), '漢'.repeat(128), '😀'.repeat(64), '漢'.repeat(256)];
const text = fc.constantFrom(...letters.flat(), ...signs.flat(), ...halves, ...long);
const number = fc.constantFrom('999998888', '988887777', '977776666', '12', 'a\0');
const parameter = fc.constantFrom('a', 'B', 'plain', 'name', 'value', 'á', 'a\0');
const row = fc.record({ contactId: text, name: text, number, parameter });
const attempt = fc.record({ contactId: text, callId: text, extension: text, number });
const round = fc.record({
  call: text,
  contact: text,
  queue: text,
  extension: text,
  number,
  name: fc.constantFrom('a', 'B', 'b', 'A', 'a_b', 'ab', 'Z', 'a-b'),
  rows: fc.array(row, { minLength: 1, maxLength: 8 }),
  attempts: fc.array(attempt, { maxLength: 6 }),
});
type Round = typeof round extends fc.Arbitrary<infer Value> ? Value : never;

/** Removes what differs from host to host: ids are numbered by their first appearance, times and places in lists are replaced. */
function createPlain(): (answer: string) => string {
  const known = new Map<string, string>();
  const named = (id: string) => {
    const name = known.get(id) ?? `id ${known.size}`;
    known.set(id, name);
    return name;
  };
  return (answer) =>
    answer
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, named)
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replace(/"next":"[^"]{12,}"/g, '"next":"PLACE"');
}

/** Plays the rounds to a host, and writes down all that it answers. */
class Player {
  readonly told: string[] = [];
  readonly #host: TestHost;
  readonly #plain = createPlain();

  constructor(host: TestHost) {
    this.#host = host;
  }

  async #ask(path: string, init?: AskInit): Promise<Response> {
    const response = await this.#host.tenant(path, init);
    // Places in a list differ from host to host, too.
    const told = path.replace(/&after=.*/, '&after=PLACE');
    this.#tell(told, `${response.status} ${await response.clone().text()}`);
    return response;
  }

  #tell(path: string, answer: string): void {
    this.told.push(`${this.#plain(path)}: ${this.#plain(answer)}`);
  }

  /** All pages of a list. */
  async #pages(path: string): Promise<void> {
    const PageShape = v.object({
      next: v.optional(v.nullable(v.string())),
      isLast: v.optional(v.boolean()),
    });
    for (let after = ''; ;) {
      const page = await jsonOf(await this.#ask(`${path}${after}`), PageShape);
      if (page.isLast || typeof page.next !== 'string') return;
      after = `&after=${encodeURIComponent(page.next)}`;
    }
  }

  async #event({ contact, call, extension }: Round): Promise<void> {
    const query = new URLSearchParams({ pid: contact, num: '41999998888', cid: call });
    const path = `/telephony-proxy/atendimentodiscador?empresaId=1042&ramal=${encodeURIComponent(extension.toWellFormed())}&${query.toString()}`;
    const response = await this.#host.ask(path);
    this.#tell('an event', `${response.status} ${await response.text()}`);
  }

  async #call({ queue, extension, number: digits, contact }: Round): Promise<void> {
    this.#host.vendor.telephony.calls.clear();
    this.#host.vendor.telephony.operators.add(extension.trim().toWellFormed());
    await this.#ask('/calls', {
      json: { queue, extension, areaCode: '41', number: digits, parameters: { contact } },
    });
  }

  async #mailing({ queue, rows, attempts }: Round): Promise<void> {
    const { telephony } = this.#host.vendor;
    const json = rows.map(({ contactId, name, number: digits, parameter: key }) => ({
      contactId,
      name,
      phones: [{ areaCode: '41', number: digits }],
      parameters: { [key]: name },
    }));
    const kept = encodeURIComponent(queue.toWellFormed());
    const sent = await this.#ask(`/mailings?queue=${kept}`, { json });
    if (sent.status !== 202) return;
    const { mailingId: id } = await jsonOf(sent, TakenShape);
    await until(this.#host, id, isIn('active', 'stopped'));
    const at = Date.now();
    telephony.attempts.set(
      queue.trim().toWellFormed(),
      attempts.map(({ number: digits, ...ids }) => ({
        ...ids,
        number: `41${digits}`,
        at,
        end: 'busy',
        durationSeconds: 1,
      })),
    );
    await this.#ask(`/mailings/${id}/settle`, {
      json: { as: 'failed', contactIds: rows.map(({ contactId }) => contactId) },
    });
    // The mailing may be finished already.
    const deactivated = await this.#host.tenant(`/mailings/${id}/deactivate`, { method: 'POST' });
    if (deactivated.status === 202) await until(this.#host, id, isIn('finished'));
    for (const list of ['contacts?', 'contacts?state=sent&', 'rejects?', 'results?'])
      await this.#pages(`/mailings/${id}/${list}limit=3`);
    await this.#ask(`/mailings/${id}/results`, { headers: { Accept: 'text/csv' } });
    await this.#ask(`/mailings/${id}/results/summary`);
  }

  async play(one: Round): Promise<void> {
    await this.#event(one);
    await this.#call(one);
    await this.#ask(`/secrets/${one.name}`, { method: 'PUT', json: { value: one.contact } });
    await this.#ask('/do-not-call', { method: 'PUT', json: { numbers: [`41${one.call}`] } });
    const document = { id: one.name, name: one.contact, connections: {}, features: {} };
    const saved = await this.#host.ask(`/v1/tenants/${one.name}`, {
      method: 'PUT',
      json: document,
    });
    this.#tell('a company', `${saved.status} ${await saved.text()}`);
    await this.#mailing(one);
    await this.#ask(`/calls/${encodeURIComponent(one.call.toWellFormed())}`);
    const extension = encodeURIComponent(one.extension.toWellFormed());
    await this.#pages(`/calls?extension=${extension}&limit=2`);
  }

  async end(): Promise<void> {
    for (const list of ['/calls?limit=3', '/mailings?limit=3']) await this.#pages(list);
    for (const list of ['/secrets', '/results/statuses', '/versions']) await this.#ask(list);
    const companies = await this.#host.ask('/v1/tenants');
    this.#tell('companies', await companies.text());
    const stream = await openSse(`${this.#host.url}/v1/tenants/1042/events`, adminKey, '0');
    const events = this.told.filter((line) => /^an event: 200 .*"repeated":false/.test(line));
    for (let seen = 0; seen <= events.length; seen += 1)
      this.#tell('the stream', JSON.stringify(await stream.next()));
    stream.close();
  }
}

async function playTo(host: TestHost, rounds: readonly Round[]): Promise<readonly string[]> {
  const player = new Player(host);
  for (const one of rounds) await player.play(one);
  await player.end();
  return player.told;
}

test.skipIf(process.env['DATABASE_URL'] === undefined)(
  'SQLite and a PostgreSQL with Portuguese collation give the same answers to the same requests (with PostgreSQL alone: npm run test:postgres)',
  async () => {
    const rounds = fc.sample(round, { seed: 1042, numRuns: 10 });
    const sqlite = await startTestHost({ place: { engine: 'sqlite' } });
    const postgres = await startTestHost({ place: { databaseOptions: portuguese } });
    try {
      const [expected, told] = await Promise.all([
        playTo(sqlite, rounds),
        playTo(postgres, rounds),
      ]);
      expect(told).toEqual(expected);
      expect(told.filter((line) => /: 5\d\d /.test(line))).toEqual([]);
    } finally {
      await sqlite.stop();
      await postgres.stop();
    }
  },
);
