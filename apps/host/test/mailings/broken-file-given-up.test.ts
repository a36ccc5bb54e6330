// A file whose answer was lost may be there until the queue is cleared anew, which this telephone system does not get done.
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startFileHost } from '../support/file-host.ts';
import { contacts, mailing, sendMailing } from '../support/mailings.ts';
import type { TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

// How long a telephone system is left alone is not what is tested.
vi.mock('../../src/mailings/load/leave-alone.ts', () => ({ leaveAlone: async () => undefined }));

let host: TestHost;
let system: LoopbackServer;
/** The queue is to be cleared behind the file. */
let cleared: Promise<void>;
/** What comes of that. */
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
  'its contacts are in doubt where the mailing is given up until then: %s',
  async (command, state) => {
    const id = await sendMailing(host, contacts(2));
    await cleared;
    await host.tenant(`/mailings/${id}/${command}`, { method: 'POST' });
    await expect
      .poll(() => mailing(host, id), { timeout: 20_000 })
      .toMatchObject({ state, inDoubt: 2, pending: 0 });
  },
);

it('a load that stops before that clear does not say that nothing was loaded', async () => {
  answer = 403;
  const id = await sendMailing(host, contacts(2));
  await expect
    .poll(() => mailing(host, id), { timeout: 20_000 })
    .toMatchObject({ state: 'stopped', pending: 2 });
  const { error } = await mailing(host, id);
  expect(error?.message).toContain('could not be cleared of a file that may be there');
});
