// Rows whose content does not open any more: damaged by hand here, as a disk or an edit may do.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { fillCompany, thingsOf, type Company } from '../support/filled-company.ts';
import { jsonOf, ProblemShape, TimelineShape } from '../support/json.ts';
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

  it('whose answered event is damaged too has it in its timeline, and the event is logged once', async () => {
    await store.db.updateTable('events').set({ sealed: damagedSeal }).execute();
    const { callId } = company.things;
    for (const _ of ['first', 'again']) {
      const { entries } = await jsonOf(await company.ask(`/calls/${callId}`), TimelineShape);
      expect(entries).toContainEqual(
        expect.objectContaining({
          kind: 'answered',
          event: expect.objectContaining({ unreadable: true }),
        }),
      );
    }
    const lines = host.logged.filter((line) => line.includes('"table":"events"'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`"tenant":"${company.things.tenant}"`);
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

describe('a damaged mailing', () => {
  const id = () => company.mailings[1] ?? '';
  const at = (path = '') => `/mailings/${id()}${path}`;
  const stored = () =>
    store.db.selectFrom('mailings').selectAll().where('id', '=', id()).executeTakeFirstOrThrow();
  const damage = {
    sealed: damagedSeal,
    error: '{"message":"529.982',
    area_codes: '["41"',
  } as const;

  it.each(['sealed', 'error', 'area_codes'] as const)(
    'is refused with what is wrong and what to do where its %s is needed, and nothing is changed',
    async (column) => {
      const { [column]: whole } = await stored();
      await store.db
        .updateTable('mailings')
        .set({ [column]: damage[column] })
        .where('id', '=', id())
        .execute();
      const before = await stored();
      const commands = ['pause', 'resume', 'retry', 'deactivate', 'results/fetch', 'settle'];
      const asked = [
        await company.ask(at()),
        await company.ask(at('/progress')),
        ...(await Promise.all(
          commands.map((command) =>
            company.ask(at(`/${command}`), {
              method: 'POST',
              ...(command === 'settle' && { json: { as: 'failed' } }),
            }),
          ),
        )),
      ];
      for (const answer of asked) {
        expect(answer.status).toBe(500);
        const problem = await jsonOf(answer, ProblemShape);
        expect(problem).toMatchObject({ code: 'internal', delivery: 'not_sent' });
        expect(problem.detail).toContain(`mailing ${id()} cannot be read`);
        expect(problem.hint).toMatch(/Restore the database and the master key/);
        expect(JSON.stringify(problem)).not.toContain('529.982');
      }
      expect(await stored()).toEqual(before);
      const lines = host.logged.filter((line) => line.includes(`"row":"${id()}"`));
      expect(lines).toHaveLength(1);
      expect(host.logged.join()).not.toContain('529.982');
      await store.db
        .updateTable('mailings')
        .set({ [column]: whole })
        .where('id', '=', id())
        .execute();
    },
  );

  it('hides neither its contacts nor its rejects nor its results', async () => {
    await store.db
      .updateTable('mailings')
      .set({ sealed: damagedSeal })
      .where('id', '=', id())
      .execute();
    for (const path of ['/contacts', '/rejects', '/results', '/results/statuses'])
      expect((await company.ask(at(path))).status).toBe(200);
    expect((await company.ask(at('/results/summary'))).status).toBe(200);
  });

  it.each([
    { state: 'paused', isToBeCancelled: true },
    { state: 'active', isToBeCancelled: false },
  ] as const)(
    'is to be cancelled and sent again only before it is dialed: it is $state',
    async ({ state, isToBeCancelled }) => {
      await store.db
        .updateTable('mailings')
        .set({ sealed: damagedSeal, state })
        .where('id', '=', id())
        .execute();
      const { hint = '' } = await jsonOf(await company.ask(at()), ProblemShape);
      expect(hint.includes('cancel the mailing')).toBe(isToBeCancelled);
    },
  );

  it('can be cancelled: otherwise it would keep others from its queue for ever', async () => {
    await store.db
      .updateTable('mailings')
      .set({ sealed: damagedSeal, state: 'paused' })
      .where('id', '=', id())
      .execute();
    const answer = await company.ask(at('/cancel'), { method: 'POST' });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ state: 'cancelled', unreadable: true });
  });
});

it('a damaged secret is named, with how to set it again, wherever its company is refused because of it', async () => {
  const { tenant } = company.things;
  const put = (name: string, value: string) =>
    company.ask(`/secrets/${name}`, { method: 'PUT', json: { value } });
  await store.db
    .updateTable('secrets')
    .set({ sealed: damagedSeal })
    .where('tenant_id', '=', tenant)
    .where('name', '=', 'gancho')
    .execute();
  // The host looks at what it has kept of a company again when a secret of it is set.
  expect((await put('aviso', 'aviso-de-outra-vez')).status).toBe(204);
  const json = await (await company.ask('')).json();
  const refused = [await company.ask('/calls'), await company.ask('', { method: 'PUT', json })];
  for (const answer of refused) {
    expect(answer.status).toBe(500);
    const problem = await jsonOf(answer, ProblemShape);
    expect(problem.detail).toContain(`The secret "gancho" of company ${tenant} cannot be read`);
    expect(problem.hint).toContain(`PUT /v1/tenants/${tenant}/secrets/gancho`);
  }
  expect(host.logged.filter((line) => line.includes('"table":"secrets"'))).toHaveLength(1);
  expect((await put('gancho', 'gancho-de-outra-vez')).status).toBe(204);
  expect((await company.ask('/calls')).status).toBe(200);
});

describe('a damaged document', () => {
  const { tenant } = thingsOf('alfa');
  const told = (row: string) =>
    host.logged.filter((line) => line.includes(`"row":"${row}"`) && line.includes('"level":50'));

  it('is refused with what is wrong and what to do, and so is each version', async () => {
    await store.db
      .updateTable('tenant_versions')
      .set({ document: '{"name":"Emp' })
      .where('tenant_id', '=', tenant)
      .where('version', '=', 1)
      .execute();
    for (const _ of ['first', 'again']) {
      const answer = await company.ask('/versions/1');
      expect(answer.status).toBe(500);
      const problem = await jsonOf(answer, ProblemShape);
      expect(problem.code).toBe('internal');
      expect(problem.detail).toContain(
        `The version 1 of the document of company ${tenant} cannot be read`,
      );
      expect(problem.hint).toContain('from the same backup');
    }
    expect(told(`${tenant}/1`)).toHaveLength(1);
    expect((await company.ask('/versions/2')).status).toBe(200);
  });

  it('hides no other company of the list, and comes back with an earlier version', async () => {
    const { document: whole } = await store.db
      .selectFrom('tenants')
      .select('document')
      .where('id', '=', tenant)
      .executeTakeFirstOrThrow();
    await store.db
      .updateTable('tenants')
      .set({ document: '{"name":"Emp' })
      .where('id', '=', tenant)
      .execute();
    // The host looks at what it has kept of a company again when a secret of it is set.
    const value = 'aviso-de-outra-vez';
    const set = await company.ask('/secrets/aviso', { method: 'PUT', json: { value } });
    expect(set.status).toBe(204);
    const { whole: others, damaged } = await rowsOf(await host.ask('/v1/tenants'), 'tenants');
    expect(others).toMatchObject([{ id: '1042' }]);
    expect(damaged).toMatchObject([{ id: tenant, name: '' }]);
    const paths = ['', '/calls'];
    for (const path of paths) {
      const answer = await company.ask(path);
      expect(answer.status).toBe(500);
      const problem = await jsonOf(answer, ProblemShape);
      expect(problem.code).toBe('internal');
      expect(problem.detail).toContain(`The document of company ${tenant} cannot be read`);
      expect(problem.hint).toContain(`PUT /v1/tenants/${tenant}`);
    }
    expect(told(tenant)).toHaveLength(1);
    const secret = await company.ask('/secrets/aviso', { method: 'DELETE' });
    expect(await jsonOf(secret, ProblemShape)).toMatchObject({ code: 'internal' });
    const key = await host.ask('/v1/keys', { json: { tenantId: tenant, label: 'crm' } });
    expect(await key.json()).toMatchObject({ warnings: [] });
    const earlier = await (await company.ask('/versions/2')).json();
    expect(earlier).toMatchObject(JSON.parse(whole));
    const saved = await company.ask('', { method: 'PUT', json: earlier });
    expect(await saved.json()).toMatchObject({ version: 3, changed: true });
    expect((await company.ask('/calls')).status).toBe(200);
  });
});
