import { afterAll, beforeAll, expect, it } from 'vitest';
import * as v from 'valibot';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

const contacts = [{ contactId: 'a-1', phones: [{ areaCode: '41', number: '99999-8888' }] }];

it('the name of a queue in an address is decoded as UTF-8', async () => {
  const taken = await host.tenant('/mailings?queue=S%C3%A3o+Jo%C3%A3o%20100%25', {
    json: contacts,
  });
  expect(taken.status).toBe(202);
  const { mailings } = await jsonOf(
    await host.tenant('/mailings'),
    v.object({ mailings: v.array(v.looseObject({ queue: v.string() })) }),
  );
  expect(mailings.map(({ queue }) => queue)).toEqual(['São João 100%']);
});

it.each([
  ['POST', '/mailings?queue=S%E3o', { parameter: 'queue' }],
  ['POST', '/mailings?queue=7&queue%E3=7', { parameter: 'queue%E3' }],
  ['POST', '/queues/S%E3o/clear', { path: 'address' }],
  ['GET', '/mailings?state=active&queue=100%', { parameter: 'queue' }],
  ['GET', '/exchanges?contactId=%zz', { parameter: 'contactId' }],
  ['GET', '/calls/%ED%A0%80', { path: 'address' }],
])(
  'an address that is not in UTF-8 is refused, and the wrong place named, instead of being taken literally: %s %s',
  async (method, path, place) => {
    const answer = await host.tenant(path, {
      method,
      ...(path.startsWith('/mailings') && method === 'POST' && { json: contacts }),
    });
    expect(answer.status).toBe(400);
    const { errors } = await jsonOf(answer, ProblemShape);
    expect(errors).toEqual([{ ...place, message: expect.stringContaining('%C3%A9') }]);
  },
);
