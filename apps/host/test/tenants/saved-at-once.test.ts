import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createVault } from '../../src/store/vault.ts';
import { TenantDocumentSchema } from '../../src/tenants/tenant-document.ts';
import { VersionConflict } from '../../src/tenants/tenant-documents.ts';
import { createTenantStore } from '../../src/tenants/tenant-store.ts';
import { createHostPlace } from '../support/host-place.ts';

const rounds = 5;

const named = (name: string) =>
  v.parse(TenantDocumentSchema, { id: '1042', name, connections: {}, features: {} });

test.skipIf(process.env['DATABASE_URL'] === undefined)(
  'hosts that save a company at once each get their own version; of those that expect the same version, one saves (PostgreSQL only: npm run test:postgres)',
  async () => {
    const { dataDir, databaseUrl, remove } = await createHostPlace();
    const open = () => openStore({ dataDir, databaseUrl, logger: silentLogger });
    const stores = [await open(), await open(), await open()];
    const vault = (store: (typeof stores)[number]) =>
      createVault(store, [{ id: 'test', key: randomBytes(32) }]);
    const hosts = stores.map((store) => createTenantStore(store, vault(store)));
    const saveAtOnce = (round: string, expected?: number) =>
      Promise.allSettled(
        hosts.map((host, index) => host.save(named(`${round} ${index}`), 'test', expected)),
      );
    try {
      let last = 0;
      for (let round = 0; round < rounds; round += 1) {
        const all = await saveAtOnce(`all ${round}`);
        const versions = all.flatMap((saved) =>
          saved.status === 'fulfilled' ? [saved.value.version] : [],
        );
        expect(versions.toSorted((a, b) => a - b)).toEqual([last + 1, last + 2, last + 3]);
        last += hosts.length;
        const one = await saveAtOnce(`one ${round}`, last);
        const answers = one.map((saved) =>
          saved.status === 'fulfilled' || saved.reason instanceof VersionConflict
            ? saved.status
            : String(saved.reason),
        );
        expect(answers.toSorted((a, b) => a.localeCompare(b))).toEqual([
          'fulfilled',
          'rejected',
          'rejected',
        ]);
        last += 1;
      }
    } finally {
      for (const store of stores) await store.close();
      await remove();
    }
  },
);
