// An adapter that passes over contacts that this host cannot read, and tells of success.
import { expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { pageSize } from '../../src/mailings/ledger/contact-pages.ts';
import { openStore } from '../../src/store/open-store.ts';
import { startHostWithAdapter } from '../support/host-with-adapter.ts';
import { contacts, mailing, sendMailing } from '../support/mailings.ts';

const adapter = `() => ({ features: { contactLoad: {
  unit: 'mailing', repeatable: false,
  prepare: async () => {
    await globalThis.beforeFile();
    return {};
  },
  send: async ({ contacts }) => {
    try {
      for await (const contact of contacts);
    } catch {}
    return { rejected: [] };
  },
} } })`;

it('has not loaded the others: they are in doubt', async () => {
  const host = await startHostWithAdapter(adapter, 'contactLoad');
  Reflect.set(globalThis, 'beforeFile', async () => {
    const { dataDir, databaseUrl } = host;
    const store = await openStore({ dataDir, databaseUrl, logger: silentLogger });
    await store.db
      .updateTable('mailing_pages')
      .set({ sealed: 'v1.AAAA' })
      .where('page', '=', 6)
      .execute();
    await store.close();
  });
  const count = 8 * pageSize;
  const id = await sendMailing(host, contacts(count));
  await expect
    .poll(() => mailing(host, id), { timeout: 20_000 })
    .toMatchObject({ state: 'stopped', error: { code: 'in_doubt' }, sent: 0, inDoubt: count });
});
