import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { idsIn, startFileHost } from '../support/file-host.ts';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import type { TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

// How long a telephone system without an answer is left alone is not what is tested.
vi.mock('../../src/mailings/load/leave-alone.ts', () => ({ leaveAlone: async () => undefined }));

let host: TestHost;
let system: LoopbackServer;
/** The contacts that the telephone system has. */
let there: string[];

beforeEach(async () => {
  there = [];
  let losesAnswer = true;
  let isPrepared = false;
  system = await startLoopbackServer(async (request, response) => {
    const text = (await wholeBody(request))?.toString() ?? '';
    if (request.method === 'DELETE') {
      const id = request.url?.slice(1);
      there = there.filter((known) => known !== id);
      // The list disappears with its last contact.
      isPrepared = there.length > 0;
    } else if (request.url === '/list') isPrepared = true;
    else if (!isPrepared) response.statusCode = 404;
    else {
      there.push(...idsIn(text));
      if (losesAnswer) {
        losesAnswer = false;
        response.destroy();
        return;
      }
    }
    response.end('{}');
  });
  host = await startFileHost(system.url, {
    contactLoad: {
      repeatable: true,
      prepare: [{ request: { method: 'POST', url: '/list' } }],
    },
    contactClear: {
      each: { size: 1, count: 'contacts' },
      request: { method: 'DELETE', url: '/{{ items[0].contactId }}' },
    },
    timeout: 5,
  });
});
afterEach(async () => {
  await host.stop();
  await system.close();
});

it('a file whose answer was lost is sent again after its contacts are deleted one by one and its list is prepared anew', async () => {
  const id = await sendMailing(host, contacts(3));
  expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 3 });
  expect(there).toEqual(['c-1', 'c-2', 'c-3']);
});
