import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { TelephonyError } from '@finaz-telephony/core';
import { expect, test } from 'vitest';
import { createConnectionGate } from '../../src/egress/connection-gate.ts';
import { scopeOf } from './egress-under-test.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

test('a connection gate keeps no reference to the error of a failed request, whose company may have changed or be gone', async () => {
  const gate = createConnectionGate(scopeOf(), Date.now);

  /** @returns the error, which the collection of garbage may take */
  async function failed(): Promise<WeakRef<TelephonyError>> {
    const error = new TelephonyError({ code: 'network', message: 'It broke.' });
    // No `expect` on the error: it would keep the error alive itself.
    const told = await gate.pass(() => Promise.reject(error)).catch((thrown: unknown) => thrown);
    if (told !== error) throw new Error('the gate has told another error');
    return new WeakRef(error);
  }

  const kept = await failed();
  // What was awaited is held until the end of this turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  if (typeof collectGarbage !== 'function') throw new Error('there is no collection to call');
  collectGarbage();
  expect(kept.deref()).toBeUndefined();
  expect(await gate.pass(async () => 'ok')).toBe('ok');
});
