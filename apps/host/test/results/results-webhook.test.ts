import { expect, test } from 'vitest';
import { resultsSubject, resultsWebhook } from '../../src/results/results-webhook.ts';
import { openResults } from '../support/open-results.ts';

test('only the message of the final fetch says isFinal, even if an earlier message is sent after the final fetch was requested', async () => {
  const results = await openResults();
  const { tenant, fetches } = results;
  const messageOf = resultsWebhook(results);
  await results.fetch([]);
  const during = resultsSubject('m-1', 'f-1', false);
  // The message still waits for its receiver when the mailing is deactivated; the final results are not there yet.
  const mailing = { id: 'm-1', ref: 1, tenantId: '1042', connection: 'dialer' };
  await fetches.request(mailing, { isFinal: true });
  expect(await messageOf(tenant, during)).toMatchObject({ id: 'f-1', data: { isFinal: false } });
  const last = resultsSubject('m-1', 'f-2', true);
  expect(await messageOf(tenant, last)).toMatchObject({ id: 'f-2', data: { isFinal: true } });
  await results.close();
});

test('the message adds up the outcomes of all status words and lists the unmapped ones, the most frequent first', async () => {
  const results = await openResults({ '7001': ['+5541999990001'] });
  results.setOutcomes({ BUSY: 'busy', OCUPADO: 'busy' });
  const attempt = (callId: string, vendorStatus: string) => ({
    areaCode: '41',
    number: '999990001',
    at: '2026-11-24T12:00:00.000Z',
    outcome: 'unknown' as const,
    callId,
    vendorStatus,
  });
  const named = { contactId: '7001' };
  await results.fetch([attempt('c-1', 'TOCANDO')]);
  await results.fetch([
    attempt('c-1', 'FAX'),
    { ...attempt('c-2', 'FAX'), ...named },
    { ...attempt('c-3', 'CAIXA'), ...named },
    { ...attempt('c-4', 'BUSY'), ...named },
    { ...attempt('c-5', 'OCUPADO'), ...named },
  ]);
  const message = await resultsWebhook(results)(
    results.tenant,
    resultsSubject('m-1', 'f-1', false),
  );
  expect(message?.data).toMatchObject({
    attempts: 5,
    outcomes: { busy: 2, unknown: 3 },
    matchedByNumber: 1,
    unmappedStatuses: [
      { status: 'FAX', attempts: 2 },
      { status: 'CAIXA', attempts: 1 },
    ],
  });
  await results.close();
});

test('no message is made for a company that does not own the mailing', async () => {
  const results = await openResults();
  await results.fetch([]);
  const messageOf = resultsWebhook(results);
  const subject = resultsSubject('m-1', 'f-1', true);
  expect(await messageOf({ ...results.tenant, id: '2001' }, subject)).toBeUndefined();
  await results.close();
});
