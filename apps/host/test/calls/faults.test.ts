import { beforeAll, describe, expect, it } from 'vitest';
import { AnyObject, CallsShape, jsonOf, ProblemShape } from '../support/json.ts';
import { sharedHost, wanted } from '../support/shared-host.ts';
import { hurry, startTestHost } from '../support/test-host.ts';

const patient = await sharedHost();
const hurried = await sharedHost();
beforeAll(() => hurry(hurried));

describe('a fault of the vendor', () => {
  it.each([
    [{ kind: 'hang' }, 504, 'timeout', 'unknown'],
    [{ kind: 'slow', ms: 60_000 }, 504, 'timeout', 'unknown'],
    [{ kind: 'status', status: 500 }, 503, 'unavailable', 'answered'],
    [{ kind: 'status', status: 429, retryAfter: '7' }, 429, 'rate_limited', 'answered'],
    [{ kind: 'reset' }, 502, 'network', 'unknown'],
    [{ kind: 'resetBeforeAnswer' }, 502, 'network', 'unknown'],
    [{ kind: 'status', status: 502 }, 502, 'network', 'unknown'],
    [{ kind: 'status', status: 504 }, 504, 'timeout', 'unknown'],
    [{ kind: 'html' }, 502, 'unreadable_response', 'unknown'],
    [{ kind: 'brokenJson' }, 502, 'unreadable_response', 'unknown'],
    [{ kind: 'empty' }, 502, 'unreadable_response', 'unknown'],
    [{ kind: 'echo' }, 503, 'unavailable', 'answered'],
    [{ kind: 'endless' }, 502, 'response_too_large', 'unknown'],
    [{ kind: 'gzipBomb' }, 502, 'response_too_large', 'unknown'],
    [{ kind: 'deepJson' }, 502, 'response_too_large', 'unknown'],
    [
      { kind: 'redirect', location: 'http://169.254.169.254/' },
      502,
      'unreadable_response',
      'unknown',
    ],
  ] as const)(
    '%j becomes a problem with its code and delivery, in time, after a single request',
    async (fault, status, code, delivery) => {
      const isLate = fault.kind === 'hang' || fault.kind === 'slow';
      const host = isLate ? hurried : patient;
      host.vendor.faults.next('click2call', fault, 1);
      const before = host.vendor.requests.length;
      const startedAt = performance.now();
      const response = await host.tenant('/calls', { json: wanted });
      expect(performance.now() - startedAt).toBeLessThan(15_000);
      const problem = await jsonOf(response, ProblemShape);
      expect({ status: response.status, code: problem.code, delivery: problem.delivery }).toEqual({
        status,
        code,
        delivery,
      });
      expect(host.vendor.requests.length - before).toBe(1);
      expect(JSON.stringify(problem)).not.toMatch(/vendor-token|41999998888|99999-?8888/);
    },
  );

  it("is answered with the vendor's own message, and with its Retry-After", async () => {
    patient.vendor.faults.next('click2call', { kind: 'status', status: 503 }, 1);
    const problem = await jsonOf(await patient.tenant('/calls', { json: wanted }), ProblemShape);
    expect(problem.vendor).toMatchObject({
      status: 503,
      message: 'falha 503 no servidor do discador',
    });
    patient.vendor.faults.next('click2call', { kind: 'status', status: 429, retryAfter: '7' }, 1);
    expect((await patient.tenant('/calls', { json: wanted })).headers.get('retry-after')).toBe('7');
  });

  it('leaves a call in doubt, which is listed and can be settled by a person once', async () => {
    patient.vendor.faults.next('click2call', { kind: 'resetBeforeAnswer' }, 1);
    const problem = await jsonOf(await patient.tenant('/calls', { json: wanted }), ProblemShape);
    const attemptId = problem.attemptId ?? '';
    const listed = await jsonOf(await patient.tenant('/calls?state=in_doubt'), CallsShape);
    expect(listed.calls.map((call) => call.attemptId)).toContain(attemptId);
    const sent = await jsonOf(await patient.tenant(`/exchanges?attemptId=${attemptId}`), AnyObject);
    expect(sent).toMatchObject({ exchanges: [{ attemptId, callId: null, response: null }] });
    const settled = await patient.tenant(`/calls/${attemptId}/settle`, {
      json: { state: 'accepted', callId: 'c-77' },
    });
    expect(await jsonOf(settled, AnyObject)).toMatchObject({ state: 'accepted', callId: 'c-77' });
    const again = await patient.tenant(`/calls/${attemptId}/settle`, { json: { state: 'failed' } });
    expect(again.status).toBe(409);
  });

  it('stops further requests for a while after ten calls have failed to reach the vendor', async () => {
    const own = await startTestHost();
    try {
      await own.vendor.close();
      const codes: string[] = [];
      for (let count = 0; count < 12; count += 1) {
        codes.push((await jsonOf(await own.tenant('/calls', { json: wanted }), ProblemShape)).code);
      }
      expect(codes.slice(0, 10)).toEqual(Array(10).fill('network'));
      expect(codes.slice(10)).toEqual(['unavailable', 'unavailable']);
    } finally {
      await own.stop();
    }
  });
});
