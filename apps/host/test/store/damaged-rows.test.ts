// Rows whose content does not open any more: damaged by hand here, as a disk or an edit may do.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { fillCompany, type Company } from '../support/filled-company.ts';
import { jsonOf } from '../support/json.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';

const RowsShape = v.record(v.string(), v.unknown());
const RowShape = v.looseObject({ unreadable: v.optional(v.boolean()) });

let host: TestHost;
let company: Company;
let store: Store;
beforeAll(async () => {
  host = await startTestHost();
  company = await fillCompany(host, 'alfa');
  store = await openStore({ ...host, logger: silentLogger });
}, 60_000);
afterAll(async () => {
  await store.close();
  await company.vendor.close();
  await host.stop();
});

/** The rows of a list, by whether they are readable. */
async function rowsOf(answer: Response, list: string) {
  expect(answer.status).toBe(200);
  const rows = v.parse(v.array(RowShape), (await jsonOf(answer, RowsShape))[list]);
  return {
    whole: rows.filter(({ unreadable }) => unreadable === undefined),
    damaged: rows.filter(({ unreadable }) => unreadable === true),
  };
}

const damagedSeal = 'v1.AAAA';
type Harm = () => Promise<unknown>;
const harmOne =
  (table: string, column: string, value: string, key: string): Harm =>
  async () =>
    sql`update ${sql.table(table)} set ${sql.ref(column)} = ${value} where ${sql.ref(key)} =
      (select max(${sql.ref(key)}) from ${sql.table(table)} where ${sql.ref(column)} is not null)`.execute(
      store.db,
    );
const mailing = () => company.things.mailing;

describe.each<[name: string, table: string, harm: Harm, path: () => string, list: string]>([
  ['calls', 'calls', harmOne('calls', 'sealed', damagedSeal, 'id'), () => '/calls', 'calls'],
  [
    'exchanges',
    'exchanges',
    harmOne('exchanges', 'detail', '{"requestHeaders":{"X":"529.982', 'id'),
    () => '/exchanges',
    'exchanges',
  ],
  [
    'mailings',
    'mailings',
    harmOne('mailings', 'sealed', damagedSeal, 'id'),
    () => '/mailings',
    'mailings',
  ],
  [
    'contacts of a mailing',
    'mailing_contacts',
    () =>
      store.db
        .updateTable('mailing_contacts')
        .set({ vendor: damagedSeal })
        .where('vendor', 'is not', null)
        .execute(),
    () => `/mailings/${company.mailings[1] ?? ''}/contacts`,
    'contacts',
  ],
  [
    'rejects of a mailing',
    'mailing_rejects',
    harmOne('mailing_rejects', 'sealed', damagedSeal, 'seq'),
    () => `/mailings/${mailing()}/rejects`,
    'rejects',
  ],
  [
    'results of a mailing',
    'attempts',
    harmOne('attempts', 'number', 'AAAA', 'seq'),
    () => `/mailings/${mailing()}/results`,
    'attempts',
  ],
  [
    'the do-not-call list',
    'do_not_call',
    harmOne('do_not_call', 'sealed', damagedSeal, 'number_hash'),
    () => '/do-not-call',
    'numbers',
  ],
])('a damaged row among %s', (_name, table, harm, path, list) => {
  it('is shown as unreadable, hides no other, and is logged once, without what is in it', async () => {
    const before = await rowsOf(await company.ask(path()), list);
    expect(before.damaged).toEqual([]);
    await harm();
    const { whole, damaged } = await rowsOf(await company.ask(path()), list);
    expect(damaged).toHaveLength(1);
    expect(whole).toHaveLength(before.whole.length - 1);
    expect((await company.ask(path())).status).toBe(200);
    const lines = host.logged.filter((line) => line.includes(`"table":"${table}"`));
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('529.982');
  });
});

describe('a damaged call', () => {
  it('is in its timeline, with what else is known of it', async () => {
    await store.db.updateTable('calls').set({ sealed: damagedSeal }).execute();
    const { callId } = company.things;
    const answer = await company.ask(`/calls/${callId}`);
    expect(answer.status).toBe(200);
    const { entries } = await jsonOf(
      answer,
      v.looseObject({ entries: v.array(v.looseObject({ kind: v.string() })) }),
    );
    expect(entries).toContainEqual(
      expect.objectContaining({
        kind: 'attempt',
        attempt: expect.objectContaining({ callId, unreadable: true }),
      }),
    );
    expect(entries.map(({ kind }) => kind)).toContain('answered');
  });
});

it('a number that must not be called is held back, though its row is damaged', async () => {
  await store.db.updateTable('do_not_call').set({ sealed: damagedSeal }).execute();
  const { queue, extension, number } = company.things;
  const refused = await company.ask('/calls', {
    json: { queue, extension, areaCode: '41', number },
  });
  expect(await jsonOf(refused, v.looseObject({ code: v.string() }))).toMatchObject({
    code: 'not_allowed',
  });
  const asked = await company.ask(`/do-not-call?number=41${number}`);
  const { whole } = await rowsOf(asked, 'numbers');
  expect(whole).toMatchObject([{ number: expect.stringContaining(number) }]);
});

it('a damaged document hides no other company of the list', async () => {
  await store.db
    .updateTable('tenants')
    .set({ document: '{"name":"Emp' })
    .where('id', '=', company.things.tenant)
    .execute();
  const { whole, damaged } = await rowsOf(await host.ask('/v1/tenants'), 'tenants');
  expect(whole).toMatchObject([{ id: '1042' }]);
  expect(damaged).toMatchObject([{ id: company.things.tenant, name: '' }]);
});
