import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMailingContacts } from '../../src/results/mailing-contacts.ts';
import { numberKey } from '../../src/rules/number-tally.ts';
import { openOneMailing } from '../support/one-mailing.ts';

let opened: Awaited<ReturnType<typeof openOneMailing>>;
beforeEach(async () => {
  opened = await openOneMailing();
});
afterEach(() => opened.close());

const hashOf = (number: string) => opened.tenant.cipher.hash(number);

/** A mailing of contacts that have these numbers. */
async function mailingOf(id: string, contacts: Readonly<Record<string, readonly string[]>>) {
  const { host, tenant, clock } = opened;
  const { intakes, ledger } = host('first');
  const ref = await intakes.create(tenant, { id, queue: '7', parameters: {} });
  const placed = Object.entries(contacts).map(([contactId, numbers], index) => ({
    contactId,
    numbers,
    position: index + 1,
  }));
  await ledger.add({
    mailing: ref,
    at: clock(),
    contacts: placed.map(({ contactId, position }) => ({ contactId, position, line: contactId })),
    seal: () => ({ mailing: ref, page: 0, sealed: '' }),
    rejects: [],
  });
  await ledger.addNumbers(
    placed.flatMap(({ numbers, position }) =>
      numbers.map((number) => ({ mailing: ref, number_key: numberKey(hashOf(number)), position })),
    ),
  );
  return ref;
}

it('a number or contact id is looked up in its own mailing only, and a shared number belongs to all contacts that have it', async () => {
  const ref = await mailingOf('m-2', { '7001': ['1', '9'], '7002': ['2', '9'] });
  await mailingOf('m-3', { '8001': ['1'], '8002': ['3'] });
  const { byNumber, strangers } = createMailingContacts(opened.store);
  const owners = await byNumber(ref, ['1', '2', '3', '9'].map(hashOf));
  expect(['1', '2', '3', '9'].map((number) => owners.get(hashOf(number))?.toSorted())).toEqual([
    ['7001'],
    ['7002'],
    [],
    ['7001', '7002'],
  ]);
  expect(await strangers(ref, ['7001', '8001', '9999'])).toEqual(new Set(['8001', '9999']));
});
