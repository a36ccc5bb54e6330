import { expect, it } from 'vitest';
import { contacts, sendMailing, until } from '../support/mailings.ts';
import { startTestHost } from '../support/test-host.ts';

it('a host that shuts down breaks off a load instead of sending all its contacts', async () => {
  const host = await startTestHost();
  host.vendor.faults.next('contactLoad', { kind: 'slow', ms: 50 });
  const id = await sendMailing(host, contacts(400));
  await until(host, id, ({ sent }) => sent > 20);
  await host.stop();
  expect(host.vendor.telephony.contactsOf('7').size).toBeLessThan(400);
});
