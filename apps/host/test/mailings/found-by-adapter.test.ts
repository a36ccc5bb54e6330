// Contacts whose answer was lost, and an adapter that looks for them at the telephone system.
import { expect, it, vi } from 'vitest';
import { startHostWithAdapter } from '../support/host-with-adapter.ts';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';

vi.mock('../../src/mailings/load/leave-alone.ts', () => ({ leaveAlone: async () => undefined }));

/** An adapter that gets no answer to any contact, and looks for it with `find`. */
const losing = (find: string) => `() => {
  const lost = () => Object.assign(new Error('lost'), {
    [Symbol.for('finaz-telephony.error')]: true, code: 'network', delivery: 'unknown', retryable: true,
  });
  globalThis.loadsOfAcme = 0;
  return { features: { contactLoad: {
    unit: 'contact', repeatable: false,
    send: async () => { globalThis.loadsOfAcme += 1; throw lost(); },
    find: ${find},
  } } };
}`;

it.each([
  ['for an answer in which their ids are numbers', 'async () => new Set([1, 2])'],
  ['where it cannot be asked', 'async () => { throw lost(); }'],
])(
  'contacts whose answer was lost are in doubt, not sent again, if the adapter cannot find out whether the vendor has them: %s',
  async (_, find) => {
    const host = await startHostWithAdapter(losing(find), 'contactLoad');
    const id = await sendMailing(host, contacts(2));
    const mailing = await until(host, id, isIn('active'));
    expect(mailing).toMatchObject({ sent: 0, inDoubt: 2 });
    expect(Reflect.get(globalThis, 'loadsOfAcme')).toBe(2);
  },
);
