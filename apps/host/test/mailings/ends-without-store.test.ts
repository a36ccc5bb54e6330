import { expect, it, vi } from 'vitest';
import type * as StateModule from '../../src/mailings/mailing-state.ts';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import { startTestHost } from '../support/test-host.ts';

// A host whose store is away takes all the time that it has for shutting down.
vi.mock('../../src/mailings/mailing-state.ts', async (original) => ({
  ...(await original<typeof StateModule>()),
  longestEndMs: 500,
}));
const store = vi.hoisted(() => ({ isAway: false }));
vi.mock(import('../../src/mailings/ledger/ledger.ts'), async (original) => {
  const { ledgerWith } = await import('../support/ledger-with.ts');
  return ledgerWith(original, (ledger) => ({
    move: async (...change) => {
      if (store.isAway) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
      return ledger.move(...change);
    },
  }));
});

it('a host whose store is away shuts down in time, and does not send a contact that it could not mark as being sent', async () => {
  const host = await startTestHost();
  const first = await sendMailing(host, contacts(1));
  await until(host, first, isIn('active'));
  store.isAway = true;
  await sendMailing(host, contacts(1, 2));
  await expect
    .poll(() => host.logged.join('\n'), { timeout: 10_000 })
    .toContain('the ledger of a mailing cannot be written');
  await host.stop();
  expect(host.vendor.telephony.contactsOf('7').has('c-2')).toBe(false);
});
