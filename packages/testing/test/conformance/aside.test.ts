import { TelephonyError, type Finding, type FollowCall } from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import { complaintOfFeatures } from './complaint-of.ts';

describe('the conformance suite', () => {
  it('fails a diagnose that finds nothing, gives no mend, gives an invalid finding, or finds wrong credentials sound', async () => {
    const toldOf = (...found: readonly Finding[]) =>
      complaintOfFeatures('diagnose gives findings', () => ({}), {
        beside: {
          async *diagnose() {
            yield* found;
          },
        },
      });
    expect(await toldOf()).toMatch(/it found nothing/);
    const broken = { check: 'queue', state: 'broken', message: 'gone' } as const;
    expect(await toldOf(broken)).toMatch(/the finding "queue" is broken and has no mend/);
    expect(await toldOf({ ...broken, message: '' })).toMatch(/diagnose returned an invalid result/);
    expect(await toldOf({ ...broken, state: 'ok' })).toMatch(/it finds nothing wrong/);
    expect(await toldOf({ ...broken, mend: 'add it' })).toBe('');
  });

  it('fails a followCall that places a call, or takes an error to mean that the call stands somewhere or was never placed', async () => {
    let calls = 0;
    const toldOf = (followCall: FollowCall) =>
      complaintOfFeatures(
        'followCall tells where',
        () => ({ click2call: async () => ({ callId: String((calls += 1)) }) }),
        { beside: { followCall }, vendor: { callRequestCount: () => calls } },
      );
    expect(await toldOf(async () => undefined)).toMatch(/the call would be placed again/);
    expect(
      await toldOf(async () => {
        calls += 1;
        return { phase: 'talking' };
      }),
    ).toMatch(/followCall placed a call/);
    expect(
      await toldOf(async (_, context) => {
        await context.fetch('http://127.0.0.1:9').catch(() => undefined);
        return { phase: 'talking' };
      }),
    ).toMatch(/answers with status 500, it still says where the call stands/);
    expect(
      await toldOf(() =>
        Promise.reject(new TelephonyError({ code: 'not_found', message: 'nobody knows' })),
      ),
    ).toBe('');
  });
});
