import { TelephonyError } from '@finaz-telephony/core';
import { Hono } from 'hono';
import { Registry } from 'prom-client';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { errorResponse } from '../../src/http/error-response.ts';
import type { HostEnv } from '../../src/http/host-env.ts';
import { requestLog } from '../../src/http/request-log.ts';
import { createLogger } from '../../src/logger.ts';
import { hurry, startTestHost } from '../support/test-host.ts';

const Line = v.looseObject({ level: v.number(), msg: v.string() });
const call = { queue: '7', extension: '1001', areaCode: '41', number: '99999-8888' };

/** The warnings and errors that are logged for requests that all end in this error. */
async function toldOf(error: Error, requests: number) {
  const lines: string[] = [];
  const app = new Hono<HostEnv>();
  app.use(
    requestLog(createLogger('info', { write: (line) => void lines.push(line) }), new Registry()),
  );
  app.onError((thrown, context) => errorResponse(thrown, context.get('requestId')));
  app.get('/', () => {
    throw error;
  });
  for (let sent = 0; sent < requests; sent += 1) await app.request('/', {}, {});
  return lines.map((line) => v.parse(Line, JSON.parse(line)));
}

it('repeated failures of a vendor are logged once per error code, with the connection, feature, reason and hint', async () => {
  const host = await startTestHost();
  host.vendor.faults.next('click2call', { kind: 'status', status: 503 });
  for (let sent = 0; sent < 5; sent += 1)
    expect((await host.tenant('/calls', { json: call })).status).toBe(503);
  await hurry(host);
  host.vendor.faults.next('click2call', { kind: 'hang' });
  const late = await host.tenant('/calls', { json: call });
  expect(late.status).toBe(504);
  const told = host.logged
    .map((line) => v.parse(Line, JSON.parse(line)))
    .filter(({ msg }) => msg === 'request failed');
  expect(told).toEqual([
    expect.objectContaining({
      tenant: '1042',
      connection: 'dialer',
      feature: 'click2call',
      code: 'unavailable',
      status: 503,
      requestId: expect.any(String),
      attemptId: expect.any(String),
      reason: expect.any(String),
    }),
    // Another code gets a line of its own.
    expect.objectContaining({
      code: 'timeout',
      requestId: late.headers.get('X-Request-Id'),
      hint: expect.stringContaining('limits.timeout'),
    }),
  ]);
  await host.stop();
});

it('a store that is away is logged once for many requests, not once for each', async () => {
  const away = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
  expect(await toldOf(away, 50)).toEqual([
    expect.objectContaining({ level: 50, msg: 'the store is not available', status: 503 }),
  ]);
});

it('each fault of the host is logged with its own request id, by which the caller can report the fault', async () => {
  const told = await toldOf(new TypeError('of ours'), 3);
  expect(told.map(({ msg, status }) => [msg, status])).toEqual(
    Array.from({ length: 3 }, () => ['a request failed by our own fault', 500]),
  );
  expect(new Set(told.map(({ requestId }) => requestId)).size).toBe(3);
  expect(told[0]).toMatchObject({ err: { type: 'TypeError' } });
});

it('a TelephonyError outside of any call is logged once for many requests, with its code, reason and hint', async () => {
  const error = new TelephonyError({
    code: 'network',
    message: 'Nothing listens.',
    hint: 'Start it.',
  });
  expect(await toldOf(error, 10)).toEqual([
    expect.objectContaining({ code: 'network', reason: 'Nothing listens.', hint: 'Start it.' }),
  ]);
});

it.each([
  'invalid input syntax for type bigint: "Maria 52998224725"',
  'la sintaxis de entrada no es válida para tipo bigint: «Maria 52998224725»',
  'ungültige Eingabesyntax für Typ bigint: »Maria 52998224725«',
  'entrada inválida para bigint: “Maria 52998224725”',
  'la sintaxis de entrada no es válida para tipo bigint: «Maria 5299822',
])(
  'text that an error quotes is left out of the log, in whatever language the database writes the error: %s',
  async (words) => {
    const [told] = await toldOf(new Error(words), 1);
    expect(JSON.stringify(told)).not.toMatch(/Maria|5299822/);
    expect(told).toMatchObject({ err: { message: expect.stringContaining('bigint') } });
  },
);
