import { randomBytes } from 'node:crypto';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { createMailingIntakes } from '../../src/mailings/intake/mailing-intakes.ts';
import { createVault } from '../../src/store/vault.ts';
import { openTestStore } from '../support/host-place.ts';

afterEach(() => vi.restoreAllMocks());

it('mailings of one millisecond that draw the same random number are all taken, each with its own ref', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const tenant = { id: '1042', cipher: await vault.cipher('1042') };
  const intakes = createMailingIntakes(store, 'host', () => 1_764_000_000_000);
  const drawn = [0.5, 0.5, 0.5, 0.6];
  vi.spyOn(Math, 'random').mockImplementation(() => drawn.shift() ?? 0);
  const take = (id: string) => intakes.create(tenant, { id, queue: '7', parameters: {} });
  expect(await take('m-1')).toBe(1_764_000_000_000_500);
  expect(await take('m-2')).toBe(1_764_000_000_000_600);
});
