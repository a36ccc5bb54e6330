import { expect, it, onTestFinished } from 'vitest';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

it('whoever asks when a read has begun is given what came since, and not what the others are given', async () => {
  const { tenant, store, close } = await openResults();
  onTestFinished(close);
  const { events } = recordsOf(store, 'this', Date.now);
  const append = (callId: string) =>
    events.append({
      tenant,
      source: 'server',
      connection: 'dialer',
      call: { callId, extension: '1001', number: '41999998888' },
    });
  const callsOf = async () => (await events.read(tenant, 0, 9)).map(({ call }) => call?.callId);
  await append('c-1');
  expect(await Promise.all([callsOf(), callsOf()])).toEqual([['c-1'], ['c-1']]);
  const early = callsOf();
  await append('c-2');
  const [, late] = await Promise.all([early, callsOf()]);
  expect(late).toEqual(['c-1', 'c-2']);
});
