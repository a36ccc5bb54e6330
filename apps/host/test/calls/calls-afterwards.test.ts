import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { jsonOf, ProblemShape, TimelineShape } from '../support/json.ts';
import { sharedHost } from '../support/shared-host.ts';
import { placeCall } from '../support/test-host.ts';

const host = await sharedHost();

describe('a call seen afterwards', () => {
  it('has a timeline of its attempt, exchange and answer, and its exchanges alone are found by its call id and by its number', async () => {
    const other = { queue: '7', extension: '1001', areaCode: '41', number: '98888-7777' };
    expect((await host.tenant('/calls', { json: other })).status).toBe(201);
    host.vendor.telephony.calls.clear();
    const callId = await placeCall(host);
    await fetch(
      `${host.url}/telephony-proxy/atendimentodiscador?pid=c-55&num=41999998888&cid=${callId}&ramal=1001&empresaId=1042`,
    );
    const { entries } = await jsonOf(await host.tenant(`/calls/${callId}`), TimelineShape);
    expect(entries.map(({ kind }) => kind).toSorted()).toEqual(['answered', 'attempt', 'exchange']);
    const Found = v.looseObject({
      exchanges: v.array(v.looseObject({ curl: v.string(), callId: v.nullable(v.string()) })),
    });
    for (const query of [`callId=${callId}`, 'phone=%2B55+41+99999-8888']) {
      const { exchanges } = await jsonOf(await host.tenant(`/exchanges?${query}`), Found);
      expect(exchanges.map((exchange) => exchange.callId)).toEqual([callId]);
      expect(JSON.stringify(exchanges)).not.toMatch(/vendor-token|41999998888/);
      expect(exchanges[0]?.curl).toMatch(/^curl -X POST 'http:\/\/127\.0\.0\.1:\d+\/calls' /);
    }
    expect((await host.tenant('/calls/never-seen')).status).toBe(404);
  });
});

describe('the list of calls', () => {
  const CallsPage = v.looseObject({
    calls: v.array(v.looseObject({ number: v.string() })),
    next: v.nullable(v.string()),
  });
  const listed = async (query: string) => jsonOf(await host.tenant(`/calls?${query}`), CallsPage);
  const numbers = ({ calls }: v.InferOutput<typeof CallsPage>) =>
    calls.map(({ number }) => number.slice(-4));

  it('is read page by page with each call once, and filtered by operator and number', async () => {
    for (const [index, extension] of ['1001', '1002', '1001', '1002', '1001'].entries()) {
      host.vendor.telephony.calls.clear();
      const json = { queue: '7', extension, areaCode: '41', number: `98888-770${index}` };
      expect((await host.tenant('/calls', { json })).status).toBe(201);
    }
    const first = await listed('limit=2');
    expect(numbers(first)).toEqual(['7704', '7703']);
    const second = await listed(`limit=2&after=${first.next}`);
    expect(numbers(second)).toEqual(['7702', '7701']);
    const third = await listed(`limit=2&after=${second.next}`);
    expect(numbers(third)[0]).toBe('7700');
    expect((await listed('limit=1000')).next).toBeNull();

    expect(numbers(await listed('extension=1002'))).toEqual(['7703', '7701']);
    expect(numbers(await listed('phone=%2841%29+98888-7701'))).toEqual(['7701']);
    for (const [query, parameter] of [
      ['after=1', 'after'],
      ['phone=12', 'phone'],
    ] as const) {
      const refused = await host.tenant(`/calls?${query}`);
      expect(refused.status).toBe(400);
      expect(await jsonOf(refused, ProblemShape)).toMatchObject({ errors: [{ parameter }] });
    }
  });
});
