import { expect, test } from 'vitest';
import { resultsSubject, resultsWebhook } from '../../src/results/results-webhook.ts';
import { openResults } from '../support/open-results.ts';

test('only the fetch that ends a mailing says that it is final, however late its message is sent', async () => {
  const results = await openResults();
  const { tenant, fetches } = results;
  const messageOf = resultsWebhook(results);
  await results.fetch([]);
  const during = resultsSubject('m-1', 'f-1', false);
  // The receiver was away, and the mailing is deactivated meanwhile: its last results are not there yet.
  const mailing = { id: 'm-1', ref: 1, tenantId: '1042', connection: 'dialer' };
  await fetches.request(mailing, { isFinal: true });
  expect(await messageOf(tenant, during)).toMatchObject({ id: 'f-1', data: { isFinal: false } });
  const last = resultsSubject('m-1', 'f-2', true);
  expect(await messageOf(tenant, last)).toMatchObject({ id: 'f-2', data: { isFinal: true } });
  await results.close();
});

test('a message of a mailing of another company is none', async () => {
  const results = await openResults();
  await results.fetch([]);
  const messageOf = resultsWebhook(results);
  const subject = resultsSubject('m-1', 'f-1', true);
  expect(await messageOf({ ...results.tenant, id: '2001' }, subject)).toBeUndefined();
  await results.close();
});
