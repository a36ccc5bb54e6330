import { once } from 'node:events';
import { TelephonyError } from '@finaz-telephony/core';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestContext, startLoopbackServer, type LoopbackServer } from '../src/index.ts';

let server: LoopbackServer | undefined;
afterEach(() => server?.close());

async function errorOf(work: Promise<unknown>): Promise<TelephonyError> {
  const error: unknown = await work.then(
    () => 'success',
    (thrown: unknown) => thrown,
  );
  if (!TelephonyError.isInstance(error)) throw new Error(`no TelephonyError but ${String(error)}`);
  return error;
}

describe('the fetch of a test context', () => {
  it('limits an answer to 1 MiB, as a host does, unless the request allows more', async () => {
    server = await startLoopbackServer((_, response) => response.end(Buffer.alloc(1_048_577)));
    const { fetch } = createTestContext();
    const response = await fetch(server.url);
    expect(await errorOf(response.arrayBuffer())).toMatchObject({
      code: 'response_too_large',
      delivery: 'answered',
    });
    const long = await fetch(server.url, { maxResponseBytes: 2_000_000 });
    expect((await long.arrayBuffer()).byteLength).toBe(1_048_577);
  });

  it('fails with a TelephonyError if the body of an answer breaks off', async () => {
    server = await startLoopbackServer((_, response) => {
      response.write('{"id":', () => response.destroy());
    });
    const response = await createTestContext().fetch(server.url);
    expect(await errorOf(response.text())).toMatchObject({ code: 'network', delivery: 'unknown' });
  });

  it('fails with a TelephonyError if the context is aborted before the answer or in its body', async () => {
    server = await startLoopbackServer(({ url }, response) => {
      if (url === '/begun') response.write('{"id":');
    });
    for (const path of ['/begun', '/silent']) {
      const leaving = new AbortController();
      const { fetch } = createTestContext({ signal: leaving.signal });
      const asked = fetch(server.url + path);
      if (path === '/begun') await asked;
      const read = errorOf(asked.then((response) => response.text()));
      leaving.abort();
      expect(await read).toMatchObject({ code: 'network' });
    }
  });

  it('fails if the signal of the request is aborted', async () => {
    server = await startLoopbackServer(() => undefined);
    const leaving = new AbortController();
    const asked = errorOf(createTestContext().fetch(server.url, { signal: leaving.signal }));
    leaving.abort();
    expect(await asked).toMatchObject({ code: 'network' });
  });

  it('closes the connection if the body of the answer is cancelled', async () => {
    const closed = Promise.withResolvers<void>();
    server = await startLoopbackServer((_, response) => {
      response.write('RIFF');
      void once(response, 'close').then(() => closed.resolve());
    });
    const response = await createTestContext().fetch(server.url);
    await response.body?.cancel();
    await closed.promise;
  });
});
