import { expect, it, onTestFinished } from 'vitest';
import { lineOf, sealPage } from '../../src/mailings/ledger/contact-pages.ts';
import { createLedger } from '../../src/mailings/ledger/ledger.ts';
import { previousLoad } from '../../src/mailings/previous-load.ts';
import { createQueueOwners } from '../../src/mailings/queue-owners.ts';
import { contacts } from '../support/mailings.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

it.each([
  ['a file is on its way', 'send', undefined, ['c-1', 'c-2']],
  ['no file has left', 'prepare', undefined, []],
  ['contacts were on their way when a host died', 'prepare', 'sending', ['c-1', 'c-2']],
  ['contacts are in doubt', 'prepare', 'in_doubt', ['c-1', 'c-2']],
] as const)('what a queue may hold is in its clear: %s', async (_, step, state, expected) => {
  const clock = () => 1_764_000_000_000;
  const { store, tenant, close } = await openResults();
  onTestFinished(close);
  const { intakes, mailings } = recordsOf(store, 'first', clock);
  const ledger = createLedger(store);
  const queues = createQueueOwners(store, clock);
  const mailing = { id: 'm-1', queue: '7', parameters: {} };
  const ref = await intakes.create(tenant, mailing);
  await ledger.add({
    mailing: ref,
    at: clock(),
    contacts: contacts(2).map((contact, index) => ({
      position: index + 1,
      contactId: contact.contactId,
      line: lineOf(contact),
    })),
    seal: (taken) => sealPage(tenant.cipher, ref, 0, taken),
    rejects: [],
  });
  await intakes.received('m-1', { total: 2, rejected: 0, areaCodes: ['41'] });
  const [claimed] = await mailings.claim(1, [], 1);
  const record = await mailings.find(tenant, 'm-1');
  if (!claimed || !record) throw new Error('there is no mailing');
  const key = { mailingId: 'm-1', fence: claimed.fence };
  await queues.beginLoad(record, key);
  await queues.cleared(record);
  // Its answers were lost, and it is not known whether it is there.
  const file_at = step === 'send' ? clock() : null;
  await mailings.change(tenant, record, key, { state: 'stopped', step, file_at });
  if (state) await ledger.moveAll({ ...key, ref }, { from: 'pending', to: state }, clock);

  const previous = await previousLoad({ mailings, queues, ledger }, tenant, '7');
  const given: string[] = [];
  for await (const { contactId } of previous?.contacts() ?? []) given.push(contactId);
  expect(given).toEqual(expected);
});
