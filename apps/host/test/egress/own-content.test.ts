// A body that is made while it is sent, and fails: the telephone system is not to blame.
import { TelephonyError } from '@finaz-telephony/core';
import { expect, it } from 'vitest';
import { httpVendor, startEgress } from './egress-under-test.ts';

/** A body that fails once its beginning has left. */
const failingWith = (error: unknown, beginning = 'ID;CPF') => {
  let isBegun = false;
  return new ReadableStream({
    pull(controller) {
      if (isBegun) controller.error(error);
      else controller.enqueue(new TextEncoder().encode(beginning));
      isBegun = true;
    },
  });
};

const post = (error: unknown) =>
  ({ method: 'POST', body: failingWith(error), duplex: 'half' }) as const;

async function cutOffs(): Promise<{ readonly url: string; readonly count: () => number }> {
  let count = 0;
  const { url } = await httpVendor((request) => {
    request.on('error', () => (count += 1)).resume();
  });
  return { url, count: () => count };
}

it('a request whose body stream fails rejects with that error, and the vendor never gets the whole request', async () => {
  const { url, count } = await cutOffs();
  // With the error code of a socket, as when a database is out of reach: it must not be taken for a failure of the vendor's socket.
  const error = Object.assign(new Error('no row'), { code: 'ECONNRESET' });
  const egress = startEgress();
  await expect(egress.fetch(url, post(error))).rejects.toBe(error);
  await egress.recorded(1);
  expect(egress.records).toMatchObject([{ status: null, errorCode: 'internal' }]);
  await expect.poll(count).toBe(1);
});

it('failing body streams do not open the circuit breaker: the telephone system has not failed', async () => {
  const { url } = await httpVendor((request, response) => {
    request.on('error', () => undefined).resume();
    if (request.method === 'GET') response.end('{}');
  });
  const egress = startEgress();
  for (let time = 0; time < 12; time += 1)
    await expect(egress.fetch(url, post(new Error('no row')))).rejects.toThrow('no row');
  expect((await egress.fetch(url)).status).toBe(200);
});

it('a request whose body stream fails is in doubt, even if the error of the stream says that nothing was sent', async () => {
  const { url } = await cutOffs();
  const error = new TelephonyError({ code: 'internal', message: 'No row.', delivery: 'not_sent' });
  await expect(startEgress().fetch(url, post(error))).rejects.toMatchObject({
    code: 'internal',
    message: 'No row.',
    delivery: 'unknown',
  });
});
