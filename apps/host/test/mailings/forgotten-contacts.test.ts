// A standby that takes over may have lost what a load wrote last: the load goes on, and no contact of it is left as if it had not been sent.
import { genericHttpSettings } from '@finaz-telephony/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LedgerMove } from '../../src/mailings/ledger/ledger-writes.ts';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

/** Moves that are acknowledged and then lost, as `position state`: all of the second contact, the last of the third. */
const lost = vi.hoisted(() => new Set<string>());
const isLost = ({ position, to }: LedgerMove): boolean => lost.delete(`${position} ${to}`);

vi.mock(import('../../src/mailings/ledger/ledger.ts'), async (original) => {
  const { ledgerWith } = await import('../support/ledger-with.ts');
  return ledgerWith(original, (ledger) => ({
    move: (key, moves, at) =>
      ledger.move(
        key,
        moves.filter((move) => !isLost(move)),
        at,
      ),
  }));
});

let host: TestHost;
beforeEach(async () => {
  host = await startTestHost();
  for (const move of ['2 sending', '2 sent', '3 sent']) lost.add(move);
});
afterEach(() => host.stop());

async function load(repeatable: boolean) {
  const document = tenantDocument(host.vendor.url);
  const settings = genericHttpSettings(host.vendor.url, '${secret:vendorToken}');
  const contactLoad = { ...settings.contactLoad, repeatable };
  const dialer = { ...document.connections.dialer, settings: { ...settings, contactLoad } };
  const json = { ...document, connections: { dialer } };
  const { status } = await host.tenant('?check=skip', { method: 'PUT', json });
  expect(status).toBe(200);
  const id = await sendMailing(host, contacts(4));
  return until(host, id, isIn('active'));
}

const requests = () => host.vendor.requests.filter(({ method }) => method === 'POST').length;

it('a contact whose sending the database lost in a failover is in doubt after the load, not pending: a retry would send it again', async () => {
  const done = await load(false);
  expect(done).toMatchObject({ pending: 0, sending: 0, sent: 2, inDoubt: 2 });
  expect(requests()).toBe(4);
  expect(host.logged.join('\n')).toContain('the database has forgotten');
});

it('a contact whose sending the database lost in a failover is sent again to a vendor that keeps one entry per contact', async () => {
  const done = await load(true);
  expect(done).toMatchObject({ pending: 0, sending: 0, sent: 4, inDoubt: 0 });
  expect(requests()).toBe(6);
});
