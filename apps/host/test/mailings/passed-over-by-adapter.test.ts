// An adapter that skips contacts that the host cannot read, and reports success.
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

it('all contacts of a file are in doubt if the adapter skips contacts that cannot be read and reports success', async () => {
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
