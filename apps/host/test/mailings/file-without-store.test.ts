import { startLoopbackServer } from '@finaz-telephony/testing';
import { describe, expect, it, vi } from 'vitest';
import { pageSize } from '../../src/mailings/ledger/contact-pages.ts';
import { idsIn, startFileHost } from '../support/file-host.ts';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import { wholeBody } from '../support/whole-body.ts';

const store = vi.hoisted(() => ({
  failures: 0,
  isUnheard: false,
  isPaused: false,
  /** What happens while the store is away. */
  meanwhile: (): void => undefined,
}));
vi.mock(import('../../src/mailings/ledger/ledger.ts'), async (original) => {
  const { ledgerWith } = await import('../support/ledger-with.ts');
  return ledgerWith(original, (ledger) => ({
    read: async (...where) => {
      const [, , , after] = where;
      if (after > 0 && (store.failures -= 1) >= 0)
        throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
      return ledger.read(...where);
    },
  }));
});
vi.mock(import('../../src/mailings/mailing-store.ts'), async (original) => {
  const { createMailingStore, ...rest } = await original();
  return {
    ...rest,
    createMailingStore(...args) {
      const mailings = createMailingStore(...args);
      return {
        ...mailings,
        async change(...[tenant, record, key, change, from]) {
          const written = await mailings.change(tenant, record, key, change, from);
          if (!store.isUnheard || typeof change.file_at !== 'number') return written;
          store.isUnheard = false;
          if (store.isPaused) await mailings.command(tenant, record.id, 'pause');
          store.meanwhile();
          throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
        },
      };
    },
  };
});

async function startListeningSystem() {
  const files: string[][] = [];
  const system = await startLoopbackServer(async (request, response) => {
    const content = await wholeBody(request);
    if (request.method !== 'DELETE' && content) files.push(idsIn(content.toString()));
    response.end('{}');
  });
  return { ...system, files };
}

describe('a file that is about to be sent when the connection to the store breaks', () => {
  it.each([
    { title: 'leaves', isPaused: false },
    { title: 'leaves after a pause that came meanwhile', isPaused: true },
  ])(
    '$title, once and with no contact in doubt, because the file had not been sent before',
    async ({ isPaused }) => {
      const system = await startListeningSystem();
      const host = await startFileHost(system.url);
      Object.assign(store, { isUnheard: true, isPaused });
      try {
        const id = await sendMailing(host, contacts(3));
        if (isPaused) {
          await until(host, id, isIn('paused'));
          await host.tenant(`/mailings/${id}/resume`, { method: 'POST' });
        }
        expect(await until(host, id, isIn('active', 'stopped'))).toMatchObject({
          state: 'active',
          sent: 3,
          inDoubt: 0,
        });
        expect(system.files).toEqual([['c-1', 'c-2', 'c-3']]);
        expect(store.isUnheard).toBe(false);
      } finally {
        await host.stop();
        await system.close();
      }
    },
  );
});

it('a file that waits for the store until the calling hours are over is sent in the morning', async () => {
  const startedAt = performance.now();
  let at = Date.parse('2026-11-25T19:50:00-03:00');
  vi.spyOn(Date, 'now').mockImplementation(() => Math.round(at + performance.now() - startedAt));
  const system = await startListeningSystem();
  const host = await startFileHost(system.url, {
    rules: {
      callingHours: { weekdays: '08:00-20:00', saturday: '08:00-20:00', sunday: '08:00-20:00' },
    },
  });
  const passHours = (hours: number) => (at += hours * 3_600_000);
  Object.assign(store, { isUnheard: true, isPaused: false, meanwhile: () => passHours(1) });
  try {
    const id = await sendMailing(host, contacts(3));
    await until(host, id, ({ heldUntil }) => heldUntil !== null);
    expect(system.files).toEqual([]);
    passHours(12);
    expect(await until(host, id, isIn('active', 'stopped'))).toMatchObject({ sent: 3, inDoubt: 0 });
    expect(system.files).toHaveLength(1);
  } finally {
    store.meanwhile = () => undefined;
    await host.stop();
    await system.close();
    vi.restoreAllMocks();
  }
});

it('a file whose contacts cannot be read because the store is away for a moment waits, and is sent whole', async () => {
  const files: string[][] = [];
  const system = await startLoopbackServer(async (request, response) => {
    const content = await wholeBody(request);
    if (request.method === 'DELETE') store.failures = 2;
    else if (content) files.push(idsIn(content.toString()));
    response.end('{}');
  });
  const host = await startFileHost(system.url, { timeout: 5 });
  try {
    const count = 12 * pageSize;
    const id = await sendMailing(host, contacts(count));
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: count });
    expect(files.map(({ length }) => length)).toEqual([count]);
    expect(store.failures).toBeLessThan(0);
  } finally {
    await host.stop();
    await system.close();
  }
});
