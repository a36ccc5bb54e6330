// A file settles its own contacts, and no others.
import { join } from 'node:path';
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import type { ShownMailing } from '../../src/mailings/show-mailing.ts';
import { openStore } from '../../src/store/open-store.ts';
import { idsIn, startFileHost } from '../support/file-host.ts';
import { contacts, isIn, mailing, sendMailing, until } from '../support/mailings.ts';
import type { TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

let host: TestHost;
let system: LoopbackServer;
/** The contacts that the telephone system has, and the files that it got. */
let there: string[];
let files: string[][];
let isRefused: (id: string) => boolean;
let activateStatus: number;
/** An activation is answered after it. */
let activating: () => Promise<void>;
/** A file is answered after it. */
let hold: Promise<void>;
let losesAnswer: boolean;
let tellsTaken: boolean;

const all = (count: number) => contacts(count).map(({ contactId }) => contactId);

beforeEach(async () => {
  there = [];
  files = [];
  isRefused = () => false;
  activateStatus = 200;
  activating = async () => undefined;
  hold = Promise.resolve();
  losesAnswer = false;
  tellsTaken = false;
  system = await startLoopbackServer(async (request, response) => {
    const text = (await wholeBody(request))?.toString() ?? '';
    response.setHeader('Content-Type', 'application/json');
    if (request.url === '/activate') {
      await activating();
      response.writeHead(activateStatus).end('{}');
      return;
    }
    if (request.method === 'DELETE') {
      there = [];
      response.end('{}');
      return;
    }
    const ids = idsIn(text);
    files.push(ids);
    await hold;
    const taken = ids.filter((id) => !isRefused(id));
    there.push(...taken);
    if (losesAnswer) {
      response.destroy();
      return;
    }
    const rejected = ids.filter(isRefused).map((id) => ({ id }));
    response.end(JSON.stringify({ rejected, ...(tellsTaken && { taken: taken.length }) }));
  });
  host = await startFileHost(system.url, {
    contactLoad: {
      rejected: { rows: 'reply.rejected', contactId: '{{ row.id }}' },
      taken: '{{ reply.taken }}',
      activate: [{ request: { method: 'POST', url: '/activate' } }],
    },
  });
});
afterEach(async () => {
  await host.stop();
  await system.close();
});

const post = (id: string, command: string) =>
  host.tenant(`/mailings/${id}/${command}`, { method: 'POST' });

const settle = (id: string, contactIds?: string[]) =>
  host.tenant(`/mailings/${id}/settle`, {
    json: { as: 'pending', ...(contactIds && { contactIds }) },
  });

const becomes = (id: string, wanted: Partial<ShownMailing>) =>
  expect.poll(() => mailing(host, id), { timeout: 60_000 }).toMatchObject(wanted);

/** A mailing whose file got no answer, so that its contacts are in doubt; the telephone system does not have them. */
async function doubted(count: number): Promise<string> {
  losesAnswer = true;
  const id = await sendMailing(host, contacts(count));
  await becomes(id, { state: 'stopped', inDoubt: count });
  there = [];
  losesAnswer = false;
  return id;
}

it.each([
  ['some', (id: string) => id === 'c-2'],
  ['all', () => true],
])(
  'if %s contacts were refused, they go in a second file, even if the first one was never activated',
  async (_, refused) => {
    isRefused = refused;
    activateStatus = 400;
    const id = await sendMailing(host, contacts(3));
    const failed = all(3).filter(refused).length;
    await becomes(id, { state: 'stopped', failed, sent: 3 - failed });
    isRefused = () => false;
    activateStatus = 200;
    expect((await post(id, 'retry')).status).toBe(202);
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 3 });
    expect(there.toSorted()).toEqual(all(3));
  },
);

it('contacts in doubt that are put back go in a second file, even if the file before it was never activated', async () => {
  const id = await doubted(5);
  await settle(id, ['c-1', 'c-2']);
  activateStatus = 400;
  await post(id, 'retry');
  await becomes(id, { state: 'stopped', sent: 2, inDoubt: 3 });
  activateStatus = 200;
  expect((await settle(id)).status).toBe(200);
  await post(id, 'retry');
  await until(host, id, isIn('active'));
  expect(there.toSorted()).toEqual(all(5));
});

it('contacts in doubt are not put back while a file is being sent: the file would count them as sent', async () => {
  const id = await doubted(5);
  await settle(id, ['c-1', 'c-2']);
  const gate = Promise.withResolvers<void>();
  hold = gate.promise;
  await post(id, 'retry');
  await expect.poll(() => files.length).toBe(2);
  expect((await post(id, 'pause')).status).toBe(202);
  expect((await settle(id)).status).toBe(409);
  gate.resolve();
  await becomes(id, { sent: 2, inDoubt: 3 });
});

it('a host that dies before a second file begins leaves no contact in doubt', async () => {
  isRefused = (id) => id === 'c-2';
  const id = await sendMailing(host, contacts(3));
  await until(host, id, isIn('active'));
  isRefused = () => false;
  // As left by a host that dies while it looks for the first contact to send.
  const { dataDir, databaseUrl } = host;
  const store = await openStore({ dataDir, databaseUrl, logger: silentLogger });
  await store.db
    .updateTable('mailing_contacts')
    .set({ state: 'again' })
    .where('contact_id', '=', 'c-2')
    .execute();
  await store.db
    .updateTable('mailings')
    .set({ state: 'loading', step: 'send', pending: 1, failed: 0, lease_until: 0 })
    .where('id', '=', id)
    .execute();
  await store.close();
  await becomes(id, { state: 'active', sent: 3, inDoubt: 0 });
  expect(there.toSorted()).toEqual(all(3));
});

it('a mailing that is cancelled while its dialing is being started stays cancelled', async () => {
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  activating = () => {
    asked.resolve();
    return gate.promise;
  };
  const id = await sendMailing(host, contacts(2));
  await asked.promise;
  expect((await post(id, 'cancel')).status).toBe(202);
  gate.resolve();
  // The second mailing gets the queue once the host has left the first one.
  await until(host, await sendMailing(host, contacts(2, 11)), isIn('active'));
  expect(await mailing(host, id)).toMatchObject({ state: 'cancelled', sent: 2 });
});

it('a second file adds to the count of taken contacts, and a contact that it brings no longer shows its refusal', async () => {
  tellsTaken = true;
  isRefused = (id) => id === 'c-2';
  const id = await sendMailing(host, contacts(3));
  expect(await until(host, id, isIn('active'))).toMatchObject({ taken: 2, missing: 0 });
  isRefused = () => false;
  await post(id, 'retry');
  await becomes(id, { state: 'active', sent: 3, taken: 3, missing: 0 });
  const sent = await host.tenant(`/mailings/${id}/contacts?state=sent`);
  expect(await sent.text()).not.toContain('refused');
});

it.skipIf(process.env['DATABASE_URL'] !== undefined)(
  'an answer to a file that comes while the store is away is written later, without sending the file again (on SQLite, which a test can lock)',
  async () => {
    const gate = Promise.withResolvers<void>();
    hold = gate.promise;
    const id = await sendMailing(host, contacts(3));
    await expect.poll(() => files.length).toBe(1);
    const other = new Database(join(host.dataDir, 'telephony.sqlite'));
    other.exec('begin immediate');
    gate.resolve();
    await expect
      .poll(() => host.logged.join('\n'), { timeout: 60_000 })
      .toContain('the answer to a file cannot be written down');
    other.exec('rollback');
    other.close();
    await becomes(id, { state: 'active', sent: 3 });
    expect(files).toHaveLength(1);
  },
);
