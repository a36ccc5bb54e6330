// Stored contacts of a mailing that turn out to be damaged or lost in the middle of its load.
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { pageSize } from '../../src/mailings/ledger/contact-pages.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { startFileHost } from '../support/file-host.ts';
import { contacts, mailing, sendMailing } from '../support/mailings.ts';
import type { TestHost } from '../support/test-host.ts';

/** Enough for some to leave before the damaged ones are reached. */
const count = 12 * pageSize;

let host: TestHost;
let system: LoopbackServer;
/** What is done to the contacts once the queue is cleared. */
let harm: () => Promise<void>;
/** What came in: `cleared`, `whole` or `cut`. */
let log: string[];
let harmed: number;

beforeEach(async () => {
  log = [];
  harmed = 10;
  harm = damage;
  system = await startLoopbackServer(async (request, response) => {
    if (request.method === 'DELETE') {
      await harm();
      log.push('cleared');
      response.end('{}');
      return;
    }
    try {
      for await (const _ of request);
      log.push('whole');
      response.end('{}');
    } catch {
      log.push('cut');
    }
  });
});
afterEach(async () => {
  await host.stop();
  await system.close();
});

async function inStore(run: (store: Store) => Promise<unknown>): Promise<void> {
  const { dataDir, databaseUrl } = host;
  const store = await openStore({ dataDir, databaseUrl, logger: silentLogger });
  await run(store);
  await store.close();
}

const damage = () =>
  inStore(({ db }) =>
    db.updateTable('mailing_pages').set({ sealed: 'v1.AAAA' }).where('page', '=', harmed).execute(),
  );
const lose = () =>
  inStore(({ db }) => db.deleteFrom('mailing_pages').where('page', '=', harmed).execute());

const untilStopped = (id: string) =>
  expect.poll(() => mailing(host, id), { timeout: 20_000 }).toMatchObject({ state: 'stopped' });

describe.each([
  ['damaged', () => damage()],
  ['lost', () => lose()],
])('a load by file some of whose stored contacts are %s', (_, doHarm) => {
  beforeEach(() => {
    harm = doHarm;
  });

  it.each([
    ['sent again', true, 'internal'],
    ['not sent again', false, 'in_doubt'],
  ])(
    'breaks the file off and stops with the reason if a lost file is %s',
    async (_name, repeatable, code) => {
      host = await startFileHost(system.url, { contactLoad: { repeatable }, timeout: 5 });
      const id = await sendMailing(host, contacts(count));
      await untilStopped(id);
      const shown = await mailing(host, id);
      expect(shown.error?.code).toBe(code);
      expect(shown.error?.message).toContain('A stored value cannot be decrypted');
      expect(host.logged.join('')).toContain('the contacts of a file cannot be read');
      expect(log).toEqual(['cleared', 'cut']);
    },
  );
});

it.each([
  ['one by one', { unit: 'contact' }, '{{ contactId }}'],
  // The last batch before the damaged page is not full.
  ['in batches', { unit: 'batch', size: 150 }, '{{ items | first | at: "contactId" }}'],
])(
  'a load that sends contacts %s sends those before a damaged page, and stops with the reason',
  async (_name, unit, id) => {
    host = await startFileHost(system.url, {
      contactLoad: {
        ...unit,
        file: undefined,
        request: { method: 'POST', url: '/contacts', body: { json: { id } } },
      },
      timeout: 5,
    });
    harmed = 2;
    const sent = await sendMailing(host, contacts(3 * pageSize));
    await untilStopped(sent);
    expect(await mailing(host, sent)).toMatchObject({
      error: {
        code: 'internal',
        message: expect.stringContaining('A stored value cannot be decrypted'),
      },
      sent: 2 * pageSize,
      pending: pageSize,
    });
  },
);
