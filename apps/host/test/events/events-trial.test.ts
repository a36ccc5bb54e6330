import { TelephonyError, type ReadAnsweredCall } from '@finaz-telephony/core';
import { expect, it } from 'vitest';
import { triedEvents } from '../../src/events/events-trial.ts';

const tried = (answeredCall: ReadAnsweredCall) =>
  triedEvents({
    id: '1042',
    timeZone: 'America/Sao_Paulo',
    bindings: { answeredCall: 'dialer' },
    connections: new Map([
      [
        'dialer',
        {
          name: 'dialer',
          adapterId: 'acme',
          adapter: { features: { answeredCall } },
          secretValues: ['tok-9f8e7d6c5b'],
          limits: { requestsPerSecond: 1, concurrency: 1, timeoutMs: 50 },
        },
      ],
    ]),
  });

it('the trial of an answered-call adapter reports invalid_config without its secrets, and ignores invalid_input', async () => {
  const refusal = (code: 'invalid_config' | 'invalid_input') =>
    tried(async () => {
      throw new TelephonyError({ code, message: `tok-9f8e7d6c5b is ${code}` });
    });
  expect(await refusal('invalid_config')).toMatchObject({ message: '*** is invalid_config' });
  expect(await refusal('invalid_input')).toBeUndefined();
});

it('the trial of an answered-call adapter ends after the timeout of its connection, and aborts the signal of a waiting adapter', async () => {
  const given = Promise.withResolvers<AbortSignal>();
  const trial = tried(async (_, { signal }) => {
    given.resolve(signal);
    return new Promise(() => undefined);
  });
  expect(await trial).toBeUndefined();
  expect((await given.promise).aborted).toBe(true);
});
