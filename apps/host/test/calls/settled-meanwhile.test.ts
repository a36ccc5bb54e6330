import { afterAll, expect, it } from 'vitest';
import { shownCall } from '../../src/calls/shown-call.ts';
import { newCall } from '../support/new-call.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

const { store, tenant, close } = await openResults();
afterAll(close);

const { calls } = recordsOf(store, 'host', Date.now);
const timedOut = { error: { code: 'timeout', message: 'No answer in time.' } };
const doubt = { state: 'in_doubt', callId: null, detail: timedOut, errorCode: 'timeout' } as const;
const read = async (attemptId: string) => {
  const record = await calls.byAttempt(tenant, attemptId);
  if (!record) throw new Error('there is no such call');
  return shownCall(record);
};

it('a call settled by a person stays settled if a late host writes it down as in doubt', async () => {
  const attemptId = 'frozen';
  await calls.begin(newCall(tenant, { attemptId }));
  await calls.finish({ attemptId, tenant, ...doubt });
  expect(await read(attemptId)).toMatchObject({ state: 'in_doubt', ...timedOut });
  expect(await calls.settle(tenant, attemptId, 'accepted', 'c-1')).toBe(true);

  await calls.finish({ attemptId, tenant, ...doubt });
  const shown = await read(attemptId);
  expect(shown).toMatchObject({ state: 'accepted', callId: 'c-1' });
  // The error goes with the doubt.
  expect(shown.error).toBeUndefined();
});

it("a call id found by a person stays if the vendor's late answer has no id", async () => {
  const attemptId = 'late';
  await calls.begin(newCall(tenant, { attemptId }));
  await calls.finish({ attemptId, tenant, ...doubt });
  await calls.settle(tenant, attemptId, 'accepted', 'c-2');
  await calls.finish({ attemptId, tenant, state: 'accepted', callId: null, errorCode: null });
  expect(await read(attemptId)).toMatchObject({ state: 'accepted', callId: 'c-2' });
});

it('a call accepted without an id takes the id that a person has found, but only once and in no other state', async () => {
  const attemptId = 'without';
  await calls.begin(newCall(tenant, { attemptId }));
  await calls.finish({ attemptId, tenant, state: 'accepted', callId: null, errorCode: null });
  expect(await calls.settle(tenant, attemptId, 'failed', 'c-3')).toBe(false);
  expect(await calls.settle(tenant, attemptId, 'accepted', null)).toBe(false);
  expect(await calls.settle(tenant, attemptId, 'accepted', 'c-3')).toBe(true);
  expect(await calls.settle(tenant, attemptId, 'accepted', 'c-4')).toBe(false);
  expect(await read(attemptId)).toMatchObject({ state: 'accepted', callId: 'c-3' });
});
