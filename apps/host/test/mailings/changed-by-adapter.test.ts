// An adapter that changes the contacts it is given, and is given them a second time.
import { expect, it } from 'vitest';
import { startHostWithAdapter } from '../support/host-with-adapter.ts';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';

const changing = `() => {
  globalThis.numbersOfAcme = [];
  return { features: { contactLoad: {
    unit: 'contact', repeatable: false,
    send: async ({ contacts }) => {
      for await (const { phones } of contacts) {
        for (const phone of phones) phone.number = phone.areaCode + phone.number;
        globalThis.numbersOfAcme.push(phones[0].number);
      }
      if (globalThis.numbersOfAcme.length > 1) return { rejected: [] };
      throw Object.assign(new Error('too many'), {
        [Symbol.for('finaz-telephony.error')]: true, code: 'rate_limited', delivery: 'answered', retryAfterMs: 1,
      });
    },
  } } };
}`;

it('a contact that is sent again has its original number, even if the adapter has changed the contact it was given', async () => {
  const host = await startHostWithAdapter(changing, 'contactLoad');
  const [contact] = contacts(1);
  const id = await sendMailing(host, contacts(1));
  await until(host, id, isIn('active'));
  const number = `${contact?.phones[0]?.areaCode}${contact?.phones[0]?.number}`;
  expect(Reflect.get(globalThis, 'numbersOfAcme')).toEqual([number, number]);
});
