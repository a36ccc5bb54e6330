// A telephone system that takes a file long after the host has stopped waiting for the answer.
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { idsIn, startFileHost } from '../support/file-host.ts';
import { contacts, isIn, mailing, sendMailing, until } from '../support/mailings.ts';
import type { TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

/** Later than the next try would be, which comes a second after the timeout. */
const lateMs = 2500;

let host: TestHost;
let system: LoopbackServer;
/** What is in the queue. */
let held: string[];
/** Resolves when the first file is taken. */
let late: Promise<void>;
/** Resolves when the host no longer waits for the answer to the first file. */
let left: Promise<void>;

beforeEach(async () => {
  held = [];
  let files = 0;
  const first = Promise.withResolvers<void>();
  late = first.promise;
  const leaving = Promise.withResolvers<void>();
  left = leaving.promise;
  system = await startLoopbackServer(async (request, response) => {
    const text = (await wholeBody(request))?.toString() ?? '';
    const take = () => {
      held.push(...idsIn(text));
      response.end('{}');
    };
    if (request.method === 'DELETE') {
      held = [];
      response.end('{}');
      return;
    }
    files += 1;
    if (files === 1) {
      response.once('close', leaving.resolve);
      setTimeout(() => {
        take();
        first.resolve();
      }, lateMs);
    } else take();
  });
  host = await startFileHost(system.url, { contactLoad: { repeatable: true } });
});
afterEach(async () => {
  await host.stop();
  await system.close();
});

it('a file without an answer is sent again only after the vendor had time to finish: otherwise the vendor would take both', async () => {
  const id = await sendMailing(host, contacts(2));
  expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 2 });
  await late;
  expect(held.toSorted()).toEqual(['c-1', 'c-2']);
});

it('contacts of a file without an answer are in doubt if the mailing is cancelled: the vendor may still take the file', async () => {
  const id = await sendMailing(host, contacts(2));
  await left;
  await host.tenant(`/mailings/${id}/cancel`, { method: 'POST' });
  await expect
    .poll(() => mailing(host, id))
    .toMatchObject({ state: 'cancelled', inDoubt: 2, pending: 0 });
});

it('a host that takes over from a dead host gives the vendor as much time to finish before it sends the file again', async () => {
  const id = await sendMailing(host, contacts(2));
  await until(host, id, isIn('active'));
  const { dataDir, databaseUrl } = host;
  const store = await openStore({ dataDir, databaseUrl, logger: silentLogger });
  await store.db.updateTable('mailing_contacts').set({ state: 'pending' }).execute();
  const dead = { state: 'loading', step: 'send', file_at: Date.now(), settled_at: null } as const;
  await store.db
    .updateTable('mailings')
    .set({ ...dead, pending: 2, sent: 0, lease_until: 0 })
    .execute();
  await store.close();
  const taken = new Promise<void>((resolve) => {
    setTimeout(() => {
      held.push('c-1', 'c-2');
      resolve();
    }, lateMs);
  });
  await until(host, id, isIn('active'));
  await taken;
  expect(held.toSorted()).toEqual(['c-1', 'c-2']);
});
