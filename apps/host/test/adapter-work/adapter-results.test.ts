import { expect, it } from 'vitest';
import { startHostWithAdapter } from '../support/host-with-adapter.ts';

const unsound = `() => ({
  features: {
    click2call: async ({ queue }) => {
      if (queue === 'result') return undefined;
      throw Object.assign(new Error('no'), {
        [Symbol.for('finaz-telephony.error')]: true, code: 'nonsense', delivery: 'maybe', retryable: true,
      });
    },
  },
})`;

it.each([
  ['result', 'its click2call returned an invalid result (is missing; it must be an object)'],
  ['error', 'the code of the TelephonyError that it threw is not valid'],
])(
  'a call whose adapter gives an invalid %s fails in doubt, because the call may have been placed',
  async (queue, fault) => {
    const host = await startHostWithAdapter(unsound, 'click2call');
    const answer = await host.tenant('/calls', {
      json: { queue, extension: '1001', areaCode: '41', number: '999998888' },
    });
    expect(answer.status).toBe(500);
    const problem = await answer.json();
    expect(problem).toMatchObject({ code: 'internal', delivery: 'unknown', feature: 'click2call' });
    expect(problem).toHaveProperty('detail', expect.stringContaining(fault));
  },
);

it('a recording whose adapter never delivers a byte times out', async () => {
  const silent = `() => ({
    features: {
      recording: async () =>
        new Response(new ReadableStream({ pull: () => new Promise(() => undefined) }), {
          headers: { 'Content-Type': 'audio/wav' },
        }),
    },
  })`;
  const host = await startHostWithAdapter(silent, 'recording');
  const answer = await host.tenant('/recordings/c-1');
  expect(answer.status).toBe(504);
  expect(await answer.json()).toMatchObject({ code: 'timeout', feature: 'recording' });
});
