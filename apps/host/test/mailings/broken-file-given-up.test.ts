// A file whose answer was lost may be there until the queue is cleared again, and this telephone system fails to clear it.
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startFileHost } from '../support/file-host.ts';
import { contacts, mailing, sendMailing } from '../support/mailings.ts';
import type { TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

// How long a telephone system without an answer is left alone is not what is tested.
vi.mock('../../src/mailings/load/leave-alone.ts', () => ({ leaveAlone: async () => undefined }));

let host: TestHost;
let system: LoopbackServer;
/** Resolves when the host asks for the clear that follows the file. */
let cleared: Promise<void>;
/** The status that this clear is answered with. */
let answer: number;

beforeEach(async () => {
  answer = 503;
  let hasFile = false;
  const clearing = Promise.withResolvers<void>();
  cleared = clearing.promise;
  system = await startLoopbackServer(async (request, response) => {
    await wholeBody(request);
    if (request.method !== 'DELETE') {
      hasFile = true;
      response.destroy();
      return;
    }
    if (hasFile) {
      response.statusCode = answer;
      clearing.resolve();
    }
    response.end('{}');
  });
  host = await startFileHost(system.url, { contactLoad: { repeatable: true } });
});
afterEach(async () => {
  await host.stop();
  await system.close();
});

it.each([
  ['cancel', 'cancelled'],
  ['deactivate', 'finished'],
])(
  'contacts of a file with a lost answer are in doubt if the mailing is given up before the queue is cleared again: %s',
  async (command, state) => {
    const id = await sendMailing(host, contacts(2));
    await cleared;
    await host.tenant(`/mailings/${id}/${command}`, { method: 'POST' });
    await expect
      .poll(() => mailing(host, id), { timeout: 20_000 })
      .toMatchObject({ state, inDoubt: 2, pending: 0 });
  },
);

it('a load that stops because the queue cannot be cleared of a file with a lost answer says that the file may be there', async () => {
  answer = 403;
  const id = await sendMailing(host, contacts(2));
  await expect
    .poll(() => mailing(host, id), { timeout: 20_000 })
    .toMatchObject({ state: 'stopped', pending: 2 });
  const { error } = await mailing(host, id);
  expect(error?.message).toContain('could not be cleared of a file that may be there');
});
