import { afterAll, beforeAll, expect, it } from 'vitest';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

it('a version of the document is found by its number in digits', async () => {
  expect((await host.tenant('/versions/1')).status).toBe(200);
});

const notPlain = ['0x1', '1e0', ' 1', '1 ', '+1', '1.0', '0b1', '١'];

it.each(notPlain)(
  'a version of the document is not found by anything but plain digits: "%s"',
  async (version) => {
    const response = await host.tenant(`/versions/${encodeURIComponent(version)}`);
    expect(response.status).toBe(404);
  },
);

it.each(notPlain)(
  'a limit of a list that is not in plain digits is refused: "%s"',
  async (limit) => {
    const response = await host.tenant(`/calls?limit=${encodeURIComponent(limit)}`);
    expect(response.status).toBe(400);
  },
);

it.each(['1', '0', '12/1/2026', 'march', '2026-13-01', '2026-11-24T12:00:00 pm'])(
  'a time that is not ISO 8601 is refused: "%s"',
  async (before) => {
    const response = await host.tenant(`/exchanges?before=${encodeURIComponent(before)}`);
    expect(response.status).toBe(400);
    expect((await jsonOf(response, ProblemShape)).errors?.[0]?.parameter).toBe('before');
  },
);

it.each(['2026-11-24', '2026-11-24T12:00:00Z', '2026-11-24T12:00:00.5-03:00'])(
  'an ISO 8601 time is accepted: %s',
  async (before) => {
    expect((await host.tenant(`/exchanges?before=${before}`)).status).toBe(200);
  },
);
