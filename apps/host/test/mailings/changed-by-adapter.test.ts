// An adapter that writes into the contacts that it is given, and has to be given them again.
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

it('sends the number of the contact again, and not what it has made of it', async () => {
  const host = await startHostWithAdapter(changing, 'contactLoad');
  const [contact] = contacts(1);
  const id = await sendMailing(host, contacts(1));
  await until(host, id, isIn('active'));
  const number = `${contact?.phones[0]?.areaCode}${contact?.phones[0]?.number}`;
  expect(Reflect.get(globalThis, 'numbersOfAcme')).toEqual([number, number]);
});
