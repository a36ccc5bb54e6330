import { expect, it, onTestFinished } from 'vitest';
import { readTogether } from '../../src/events/read-together.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

it('a read that starts while another is under way sees the events appended since that one began', async () => {
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

it('simultaneous reads from the same place give each company its own events, up to the limit of each read', async () => {
  const { tenant, close } = await openResults();
  onTestFinished(close);
  const read = readTogether(async ({ id }, _afterSeq, limit) =>
    Array.from({ length: limit }, (_, place) => ({
      id: `${id} ${place}`,
      seq: place + 1,
      at: 0,
      call: undefined,
      cause: undefined,
      callId: 'c-1',
      extension: '1001',
      source: 'server' as const,
      connection: 'dialer',
    })),
  );
  const idsOf = async (id: string, limit: number) =>
    (await read({ ...tenant, id }, 0, limit)).map((event) => event.id);
  expect(await Promise.all([idsOf('1042', 1), idsOf('2001', 1), idsOf('1042', 2)])).toEqual([
    ['1042 0'],
    ['2001 0'],
    ['1042 0', '1042 1'],
  ]);
});
