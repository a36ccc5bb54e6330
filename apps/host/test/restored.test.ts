import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settleRestored } from '../src/restored.ts';
import type { MailingTable } from '../src/store/schema.ts';
import { openOneMailing } from './support/one-mailing.ts';

let opened: Awaited<ReturnType<typeof openOneMailing>>;
beforeEach(async () => {
  opened = await openOneMailing();
});
afterEach(() => opened.close());

const restore = () => settleRestored(opened.store, opened.clock());

/** Sets the mailing, which has one contact, to what the backup holds. */
async function standsAs(mailing: Partial<MailingTable>): Promise<void> {
  await opened.store.db.updateTable('mailings').set(mailing).execute();
}

const begun = { cleared_at: 1, prepared_at: 1, step: 'send' } as const;

describe('a load in a restored backup', () => {
  it.each(['waiting', 'loading'] as const)(
    'is paused if it was %s, so that no host goes on with it',
    async (state) => {
      await standsAs({ state });
      expect(await restore()).toMatchObject([{ id: 'm-1', state: 'paused', pending: 1 }]);
      expect(await opened.host('next').mailings.claim(10, [], 10)).toEqual([]);
      expect(await opened.contact()).toMatchObject({ state: 'pending' });
    },
  );

  it.each(['waiting', 'loading', 'paused', 'stopped', 'active'] as const)(
    'has no pending contact if it had begun and was %s, because its contacts may have been sent since the backup',
    async (state) => {
      await standsAs({ ...begun, state });
      await restore();
      expect(await opened.contact()).toMatchObject({ state: 'sending' });
      expect(await opened.record()).toMatchObject({ pending: 0, sending: 1, step: 'send' });
      const once = await restore();
      expect(once).toMatchObject([{ pending: 0, sending: 1 }]);
      expect(await restore()).toEqual(once);
    },
  );

  it('holds contacts that were to go in a second file, and leaves contacts of the first file sent', async () => {
    await standsAs({ ...begun, state: 'loading', settled_at: 1, pending: 0, sent: 1 });
    await restore();
    expect(await opened.record()).toMatchObject({ pending: 0, sending: 0, sent: 1 });
    await opened.store.db.updateTable('mailing_contacts').set({ state: 'again' }).execute();
    await standsAs({ pending: 1, sent: 0 });
    await restore();
    expect(await opened.record()).toMatchObject({ pending: 0, sending: 1, sent: 0 });
  });

  it('begins with its clear if it was still to be prepared, because the vendor may have a list that the backup does not know', async () => {
    await standsAs({ state: 'loading', step: 'prepare', cleared_at: 1 });
    expect(await restore()).toMatchObject([{ state: 'paused', pending: 1, sending: 0 }]);
    expect(await opened.record()).toMatchObject({ cleared_at: null });
  });

  it.each(['send', 'settle'] as const)(
    'keeps its contacts pending if its file was on its way, for whoever goes on with the load: step %s',
    async (step) => {
      await standsAs({ ...begun, state: 'loading', step, file_at: 1 });
      expect(await restore()).toMatchObject([{ state: 'paused', pending: 1, sending: 0 }]);
      expect(await opened.record()).toMatchObject({ step, file_at: 1 });
    },
  );

  it.each(['finished', 'cancelled'] as const)('stays unchanged if it is %s', async (state) => {
    await standsAs({ ...begun, state });
    const before = await opened.record();
    expect(await restore()).toEqual([]);
    expect(await opened.record()).toEqual(before);
  });
});

it('after a restore, event numbers skip those given since the backup: a stream that has seen them would otherwise miss new events', async () => {
  const { host, tenant } = opened;
  const { events } = host('next');
  const append = (callId: string) =>
    events.append({
      tenant,
      source: 'server',
      connection: 'dialer',
      call: { callId, extension: '1001', number: '41999998888' },
    });
  await append('before');
  const inBackup = await events.lastSeq(tenant.id);
  const seenSince = inBackup + 5;
  await restore();
  await append('after');
  const after = await events.read(tenant, seenSince, 10);
  expect(after.map(({ call }) => call?.callId)).toEqual(['after']);
  expect(await events.read(tenant, inBackup, 10)).toEqual(after);
});
