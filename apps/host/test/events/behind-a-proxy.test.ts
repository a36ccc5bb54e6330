import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestHost, type TestHost } from '../support/test-host.ts';

let count = 0;
/** The status for an event whose `X-Forwarded-For` lists these addresses. */
async function statusOf(host: TestHost, hops: string | undefined): Promise<number> {
  count += 1;
  const { status } = await fetch(
    `${host.url}/telephony-proxy/atendimentodiscador?empresaId=1042&pid=7001&num=41999998888&ramal=1001&cid=c-${count}`,
    hops === undefined ? {} : { headers: { 'X-Forwarded-For': hops } },
  );
  return status;
}
const document = { inbound: { allowFrom: ['203.0.113.0/24', '2001:db8::/32'] } };

describe('a host behind a trusted proxy', () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await startTestHost({
      environment: { TRUST_PROXY: '127.0.0.1/32,10.0.0.0/8' },
      document,
    });
  });
  afterAll(() => host.stop());

  it.each([
    ['a permitted sender', '203.0.113.9', 200],
    ['a stranger', '198.51.100.7', 403],
    ['a stranger who claims a permitted address', '203.0.113.9, 198.51.100.7', 403],
    ['a permitted sender behind a proxy of its own', '198.51.100.7, 203.0.113.9', 200],
    ['a permitted sender, through two trusted proxies', '203.0.113.9, 10.0.0.3', 200],
    [
      'a stranger who claims a permitted address, through two trusted proxies',
      '203.0.113.9, 198.51.100.7, 10.0.0.3',
      403,
    ],
    ['an unknown sender, because the trusted proxy sends no header', undefined, 403],
    ['a permitted sender with its port', '203.0.113.9:50812', 200],
    [
      'a stranger with its port, who claims a permitted address',
      '203.0.113.9, 198.51.100.7:50812',
      403,
    ],
    [
      'a permitted sender, through two trusted proxies, each address with its port',
      '203.0.113.9:50812, 10.0.0.3:443',
      200,
    ],
    [
      'a permitted sender with an IPv6 address in brackets and its port',
      '[2001:db8::9]:50812',
      200,
    ],
  ])(
    'admits or refuses an event by the address before the trusted proxies: %s',
    async (_name, hops, status) => {
      expect(await statusOf(host, hops)).toBe(status);
    },
  );
});

it('a host without a trusted proxy does not let X-Forwarded-For decide where an event comes from', async () => {
  const host = await startTestHost({ document });
  try {
    expect(await statusOf(host, '203.0.113.9')).toBe(403);
  } finally {
    await host.stop();
  }
});
