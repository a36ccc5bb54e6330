// Errors of the host itself while it handles an attempt: the request may have been sent by then.
import { TelephonyError } from '@finaz-telephony/core';
import { expect, it, onTestFinished } from 'vitest';
import {
  AttemptFailed,
  runAttempt,
  type AttemptDependencies,
} from '../../src/calls/attempt-runner.ts';
import { silentLogger } from '../../src/logger.ts';
import { noEgress } from '../support/no-egress.ts';
import { noExchanges } from '../support/no-exchanges.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

const defect = () => {
  throw new RangeError('Invalid regular expression: /Ana Souza/');
};

const observers = {
  'its metrics': { metrics: { start: () => defect } },
  'the log of exchanges': {
    exchanges: { ...noExchanges, begin: () => ({ record: () => undefined, settle: defect }) },
  },
  'the way out': { egress: { ...noEgress, fetchFor: defect } },
} satisfies Record<string, Partial<AttemptDependencies>>;

const answers = {
  accepted: async () => ({ callId: null }),
  refused: async () => {
    throw new TelephonyError({ code: 'refused', message: 'No.', delivery: 'answered' });
  },
};

it.each(
  Object.entries(observers).flatMap(([what, changes]) =>
    Object.entries(answers).map(([how, send]) => [what, how, changes, send] as const),
  ),
)(
  "an attempt is in doubt after an internal error in %s, whatever the vendor's answer: %s",
  async (_what, _how, changes, send) => {
    const { store, tenant, close } = await openResults();
    onTestFinished(close);
    const { calls } = recordsOf(store, 'this', Date.now);
    const connection = tenant.connections.get('dialer');
    if (!connection) throw new Error('the test has no connection');
    const logged: unknown[] = [];
    const running = runAttempt(
      {
        calls,
        lease: { hold: () => () => true },
        egress: noEgress,
        exchanges: noExchanges,
        metrics: { start: () => () => undefined },
        logger: { ...silentLogger, error: (...line) => logged.push(line) },
        now: () => new Date(),
        ...changes,
      },
      {
        tenant,
        feature: { name: 'click2call', connection, run: send },
        queue: '7',
        extension: '1001',
        callId: null,
        detail: {},
        admit: async (begin) => void (await begin(null)),
        personal: ['Ana Souza'],
      },
      send,
    );
    const failure: unknown = await running.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AttemptFailed);
    expect(failure).toMatchObject({ error: { code: 'internal', delivery: 'unknown' } });
    expect(await store.db.selectFrom('calls').select(['state', 'error_code']).execute()).toEqual([
      { state: 'in_doubt', error_code: 'internal' },
    ]);
    expect(JSON.stringify(logged)).not.toContain('Ana');
  },
);
