import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { TelephonyError, type ContextFetch } from '@finaz-telephony/core';
import { onTestFinished } from 'vitest';
import { createEgress, type EgressOptions } from '../../src/egress/create-egress.ts';
import type { EgressScope, ExchangeRecord } from '../../src/egress/egress.ts';

export interface Listening {
  readonly port: number;
  readonly url: string;
  /** Every connection that was ever taken. */
  readonly sockets: readonly Socket[];
}

async function listen(server: Server, host: string, port: number): Promise<Listening> {
  const sockets: Socket[] = [];
  server.on('connection', (socket) => {
    sockets.push(socket);
    // The far end may break it off: that is what many of these tests do.
    socket.on('error', () => undefined);
  });
  server.listen(port, host);
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { port: address.port, url: `http://${host}:${address.port}`, sockets };
}

/** A vendor that speaks HTTP, for the length of a test. */
export function httpVendor(
  listener: RequestListener,
  host = '127.0.0.1',
  port = 0,
): Promise<Listening> {
  return listen(createHttpServer(listener), host, port);
}

/** A vendor of raw bytes: `answer` is called once with each socket that has sent something. */
export function rawVendor(answer: (socket: Socket) => void): Promise<Listening> {
  return listen(
    createServer((socket) => socket.once('data', () => answer(socket))),
    '127.0.0.1',
    0,
  );
}

/** For whom the requests of a test go out, with these changes. */
export const scopeOf = (changes: Partial<EgressScope> = {}): EgressScope => ({
  tenantId: '1042',
  connection: 'dialer',
  feature: 'click2call',
  limits: { requestsPerSecond: 1000, concurrency: 10, timeoutMs: 5000 },
  conceal: [],
  signal: new AbortController().signal,
  ...changes,
});

export interface EgressUnderTest {
  readonly fetch: ContextFetch;
  /** A `fetch` of the same egress for another piece of work. */
  readonly fetchAs: (scope: Partial<EgressScope>) => ContextFetch;
  readonly close: () => Promise<void>;
  /** What was recorded, in order. */
  readonly records: readonly ExchangeRecord[];
  /** Resolves when so many exchanges have been recorded. */
  readonly recorded: (count: number) => Promise<void>;
}

/** An egress that may reach all of 127.0.0.0/8. */
export function startEgress(
  scope: Partial<EgressScope> = {},
  options: Partial<EgressOptions> = {},
): EgressUnderTest {
  const egress = createEgress({ allow: ['127.0.0.0/8'], ...options });
  onTestFinished(() => egress.close());
  const records: ExchangeRecord[] = [];
  const waiting = new Set<() => void>();
  const fetchAs = (changes: Partial<EgressScope>) =>
    egress.fetchFor(scopeOf({ ...scope, ...changes }), (record) => {
      records.push(record);
      for (const wake of waiting) wake();
    });
  return {
    fetch: fetchAs({}),
    fetchAs,
    close: egress.close,
    records,
    recorded: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (records.length < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}

/** The error that something fails with; anything but a `TelephonyError` fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<TelephonyError> {
  const outcome = await work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
  if (TelephonyError.isInstance(outcome)) return outcome;
  throw new Error('no TelephonyError', { cause: outcome });
}
