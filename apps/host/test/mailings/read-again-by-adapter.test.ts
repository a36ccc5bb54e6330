// An adapter that reads its contacts a second time, for instance because its telephone system asked for a new login.
import { expect, it } from 'vitest';
import { startHostWithAdapter } from '../support/host-with-adapter.ts';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';

const readingTwice = (load: string) => `() => {
  globalThis.readByAcme = [];
  const read = async (contacts) => {
    const ids = [];
    for await (const { contactId } of contacts) ids.push(contactId);
    return ids;
  };
  return { features: { contactLoad: {
    ${load}, repeatable: false,
    send: async ({ contacts }) => {
      await read(contacts);
      globalThis.readByAcme.push(...(await read(contacts)));
      return { rejected: [] };
    },
  } } };
}`;

it.each([
  "unit: 'contact'",
  "unit: 'batch', batch: { size: 10, weigh: () => 1 }",
  "unit: 'mailing'",
])(
  'an adapter that reads its contacts a second time begins with the first one again: %s',
  async (load) => {
    const host = await startHostWithAdapter(readingTwice(load), 'contactLoad');
    const id = await sendMailing(host, contacts(3));
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 3 });
    expect(Reflect.get(globalThis, 'readByAcme')).toEqual(['c-1', 'c-2', 'c-3']);
  },
);
