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

it('tells of what is set up wrongly, without a secret, and of nothing that it says of an event which is none', async () => {
  const refusal = (code: 'invalid_config' | 'invalid_input') =>
    tried(async () => {
      throw new TelephonyError({ code, message: `tok-9f8e7d6c5b is ${code}` });
    });
  expect(await refusal('invalid_config')).toMatchObject({ message: '*** is invalid_config' });
  expect(await refusal('invalid_input')).toBeUndefined();
});

it('is over in the time of the connection where its adapter waits for what no such event has, and the adapter hears of it', async () => {
  const given = Promise.withResolvers<AbortSignal>();
  const trial = tried(async (_, { signal }) => {
    given.resolve(signal);
    return new Promise(() => undefined);
  });
  expect(await trial).toBeUndefined();
  expect((await given.promise).aborted).toBe(true);
});
