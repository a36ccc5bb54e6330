import { startLoopbackServer } from '@finaz-telephony/testing';
import { describe, expect, it } from 'vitest';
import { jsonOf, PlacedShape, ProblemShape } from '../support/json.ts';
import { sharedHost, wanted } from '../support/shared-host.ts';
import { startTestHost, tenantDocument } from '../support/test-host.ts';

const host = await sharedHost();

describe('an Idempotency-Key', () => {
  const keyed = (key: string, json: object = wanted) =>
    host.tenant('/calls', { json, headers: { 'Idempotency-Key': key } });

  it('places one call and returns the same answer, however often the request is sent', async () => {
    const first = await jsonOf(await keyed('once-1'), PlacedShape);
    const again = await keyed('once-1');
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await jsonOf(again, PlacedShape)).toEqual(first);
    expect(host.vendor.telephony.calls.size).toBe(1);
  });

  it('places one call if eight requests are sent at once', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 8 }, () => keyed('race-1').then(({ status }) => status)),
    );
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThanOrEqual(1);
    expect(statuses.every((status) => status === 201 || status === 409)).toBe(true);
    expect(host.vendor.telephony.calls.size).toBe(1);
  });

  it('cannot be used for another request', async () => {
    await keyed('other-1');
    const response = await keyed('other-1', { ...wanted, extension: '1002' });
    expect(response.status).toBe(422);
    expect(await jsonOf(response, ProblemShape)).toMatchObject({ code: 'idempotency_conflict' });
  });

  it('cannot be used for the same body at another address', async () => {
    await keyed('elsewhere-1');
    const response = await host.tenant('/transfers', {
      json: wanted,
      headers: { 'Idempotency-Key': 'elsewhere-1' },
    });
    expect(response.status).toBe(422);
    expect(await jsonOf(response, ProblemShape)).toMatchObject({ code: 'idempotency_conflict' });
  });

  it('keeps the answer if the call may have been placed, even if the status is 400', async () => {
    let dialed = 0;
    const vendor = await startLoopbackServer((_request, response) => {
      dialed += 1;
      response.end(JSON.stringify({ id: 'line\nbreak' }));
    });
    const settings = {
      baseUrl: vendor.url,
      click2call: {
        steps: [{ request: { url: '/dial' }, capture: { line: '{{ reply.id }}' } }],
        request: { url: '/confirm', headers: { 'X-Line': '{{ captures.line }}' } },
      },
    };
    const own = await startTestHost({
      document: {
        connections: { dialer: { adapter: 'generic-http', settings } },
        features: { click2call: 'dialer' },
      },
    });
    const place = () =>
      own.tenant('/calls', { json: wanted, headers: { 'Idempotency-Key': 'half-1' } });
    try {
      const first = await place();
      expect(first.status).toBe(400);
      expect(await first.text()).toContain('"delivery":"unknown"');
      expect((await place()).headers.get('idempotent-replayed')).toBe('true');
      expect(dialed).toBe(1);
    } finally {
      await own.stop();
      await vendor.close();
    }
  });

  it('belongs to one company: another company can use the same key for its own call', async () => {
    const document = { ...tenantDocument(host.vendor.url), id: '1043' };
    await host.ask('/v1/tenants/1043/secrets/vendorToken', {
      method: 'PUT',
      json: { value: host.vendor.token },
    });
    await host.ask('/v1/tenants/1043', { method: 'PUT', json: document });
    const first = await keyed('shared-1');
    const other = await host.ask('/v1/tenants/1043/calls', {
      json: { ...wanted, extension: '1002' },
      headers: { 'Idempotency-Key': 'shared-1' },
    });
    expect([first.status, other.status]).toEqual([201, 201]);
    expect((await host.ask('/v1/tenants/1043', { method: 'DELETE' })).status).toBe(204);
  });

  it('is free again after a 429 from the vendor, because the same request has to be sent again', async () => {
    host.vendor.faults.next('click2call', { kind: 'status', status: 429, retryAfter: '1' }, 1);
    const first = await keyed('limited-1');
    expect([first.status, first.headers.get('Retry-After')]).toEqual([429, '1']);
    expect((await keyed('limited-1')).status).toBe(201);
  });

  it('keeps the answer if the vendor failed, because the vendor may have dialed all the same', async () => {
    host.vendor.faults.next('click2call', { kind: 'status', status: 500 }, 1);
    expect((await keyed('failed-1')).status).toBe(503);
    expect((await keyed('failed-1')).headers.get('idempotent-replayed')).toBe('true');
    expect(host.vendor.telephony.calls.size).toBe(0);
  });

  it('keeps the answer of a call in doubt, because the call must not be placed again', async () => {
    host.vendor.faults.next('click2call', { kind: 'resetBeforeAnswer' }, 1);
    const first = await keyed('doubt-1');
    expect(first.status).toBe(502);
    const again = await keyed('doubt-1');
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.text()).toBe(await first.text());
    expect(host.vendor.telephony.calls.size).toBe(1);
  });
});
