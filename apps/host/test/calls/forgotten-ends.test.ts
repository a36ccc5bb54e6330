// A standby that takes over may have lost the last writes, such as the end of a call whose host lives on and has nothing left to do for the call.
import { afterAll, expect, it } from 'vitest';
import { newCall } from '../support/new-call.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

const { store, tenant, close } = await openResults();
afterAll(close);

const { calls, lease } = recordsOf(store, 'this', Date.now);

it('a call is in doubt if the database has lost how the call ended, and a call that is under way is not', async () => {
  await lease.beat();
  for (const attemptId of ['ended', 'under way']) await calls.begin(newCall(tenant, { attemptId }));
  const attemptId = 'ended';
  await calls.finish({ attemptId, tenant, state: 'accepted', callId: 'c-1', errorCode: null });
  expect(await calls.doubt()).toBe(0);
  await store.db
    .updateTable('calls')
    .set({ state: 'sending', call_id: null })
    .where('id', '=', attemptId)
    .execute();
  expect(await calls.doubt()).toBe(1);
  expect(await calls.byAttempt(tenant, 'ended')).toMatchObject({ state: 'in_doubt' });
  expect(await calls.byAttempt(tenant, 'under way')).toMatchObject({ state: 'sending' });
});
