import { expect, it } from 'vitest';
import { jsonOf } from '../support/json.ts';
import { contacts, isIn, RejectsShape, sendMailing, until } from '../support/mailings.ts';
import { sharedHost } from '../support/shared-host.ts';

const host = await sharedHost();

it('a row with a NUL in a parameter name is rejected by itself, and the others are taken', async () => {
  const [first, second] = contacts(2);
  const id = await sendMailing(host, [first, { ...second, parameters: { 'a\0b': 'x' } }]);
  const { rejects } = await jsonOf(await host.tenant(`/mailings/${id}/rejects`), RejectsShape);
  expect(rejects).toMatchObject([{ line: 2, reason: 'invalid_contact' }]);
  await until(host, id, isIn('active'));
});

it('settling a contact id with a NUL, which no mailing can have, settles nothing', async () => {
  const id = await sendMailing(host, contacts(1), '8');
  await until(host, id, isIn('active'));
  const settled = await host.tenant(`/mailings/${id}/settle`, {
    json: { as: 'sent', contactIds: ['a\0b'] },
  });
  expect([settled.status, await settled.json()]).toEqual([200, { settled: 0 }]);
});
