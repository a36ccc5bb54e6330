// A telephone system that takes a contact long after the host has stopped waiting for the answer, and can be asked which contacts it has.
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as v from 'valibot';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

const lateMs = 1500;
const IdSchema = v.pipe(v.string(), v.parseJson(), v.string());

let host: TestHost;
let system: LoopbackServer;
/** In the order in which they were taken. */
let taken: string[];

beforeEach(async () => {
  taken = [];
  let loads = 0;
  system = await startLoopbackServer(async (request, response) => {
    const text = (await wholeBody(request))?.toString() ?? '';
    const take = () => {
      taken.push(v.parse(IdSchema, text));
      response.end('{}');
    };
    if (request.method === 'POST') {
      loads += 1;
      if (loads === 1) setTimeout(take, lateMs);
      else take();
      return;
    }
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ found: taken.map((id) => ({ id })) }));
  });
  const settings = {
    baseUrl: system.url,
    contactLoad: {
      request: { method: 'POST', url: '/contacts', body: { json: '{{ contactId }}' } },
      find: { request: { url: '/contacts' }, rows: 'reply.found', contactId: '{{ row.id }}' },
    },
  };
  const dialer = { adapter: 'generic-http', settings, limits: { timeout: 0.4 } };
  host = await startTestHost({
    document: {
      connections: { dialer },
      features: { contactLoad: 'dialer' },
    },
  });
});
afterEach(async () => {
  await host.stop();
  await system.close();
});

it('the vendor is asked which contacts it has only after it had time to finish: otherwise a contact that it takes late would be sent twice', async () => {
  const id = await sendMailing(host, contacts(3));
  expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 3, inDoubt: 0 });
  expect(taken.toSorted()).toEqual(['c-1', 'c-2', 'c-3']);
});
