import { expect, it } from 'vitest';
import {
  paged,
  pagesOf,
  TelephonyError,
  type AdapterContext,
  type ReportedAttempt,
} from '../src/index.ts';
import { checkedAdapter } from '../src/host.ts';

const attempt = (callId: string): ReportedAttempt => ({
  callId,
  areaCode: '41',
  number: '999990001',
  at: '2026-11-24T12:00:00.000Z',
  outcome: 'busy',
  vendorStatus: 'BUSY',
});

async function* pages() {
  yield [attempt('1'), attempt('2')];
  yield [];
  yield [attempt('3')];
}

async function byPage(report: AsyncIterable<ReportedAttempt>): Promise<(string | undefined)[][]> {
  const read = [];
  for await (const page of pagesOf(report)) read.push([...page].map(({ callId }) => callId));
  return read;
}

const input = {
  mailing: { mailingId: 'm-1', queue: '7', parameters: {}, captures: {} },
  period: { from: new Date(0), to: new Date() },
};
const context: AdapterContext = {
  tenant: { id: '1042', timeZone: 'America/Sao_Paulo' },
  connection: 'dialer',
  fetch: () => Promise.reject(new Error('nothing is sent here')),
  logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  signal: new AbortController().signal,
  now: () => new Date(),
};
const checked = (read: () => AsyncIterable<ReportedAttempt>) => {
  const { dialerResults } = checkedAdapter({
    features: { dialerResults: { read, outcomeOf: () => 'unknown' } },
  }).features;
  if (!dialerResults) throw new Error('no results');
  return dialerResults.read(input, context);
};

it('a paged report can be read attempt by attempt, or page by page', async () => {
  const one = [];
  for await (const { callId } of paged(pages)) one.push(callId);
  expect(one).toEqual(['1', '2', '3']);
  expect(await byPage(paged(pages))).toEqual([['1', '2'], [], ['3']]);
});

it('a paged report of a checked adapter can still be read page by page', async () => {
  expect(await byPage(checked(() => paged(pages)))).toEqual([['1', '2'], [], ['3']]);
});

it('a report of single attempts is read as pages of one attempt each', async () => {
  const single = async function* () {
    yield attempt('1');
    yield attempt('2');
  };
  expect(await byPage(checked(single))).toEqual([['1'], ['2']]);
});

it('an invalid error from within a page becomes an internal error, and ends the reading of the vendor', async () => {
  let isOver = false;
  const failing = async function* () {
    try {
      yield (function* () {
        yield attempt('1');
        throw Object.assign(
          new TelephonyError({ code: 'unavailable', message: 'x', delivery: 'answered' }),
          { code: 'nonsense' },
        );
      })();
    } finally {
      isOver = true;
    }
  };
  await expect(byPage(checked(() => paged(failing)))).rejects.toMatchObject({
    code: 'internal',
  });
  expect(isOver).toBe(true);
});
