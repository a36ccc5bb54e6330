import { expect, it } from 'vitest';
import { startHostWithAdapter } from '../support/host-with-adapter.ts';

const failing = (code: string) => `() => ({
  features: {
    answeredCall: async () => {
      throw Object.assign(new Error('the signature is wrong'), {
        [Symbol.for('finaz-telephony.error')]: true, code: '${code}', delivery: 'not_sent', retryable: false,
      });
    },
  },
})`;

it('a callback with a wrong signature gets the same 403 as an unknown connection or company, and the log has the reason', async () => {
  const host = await startHostWithAdapter(failing('auth_failed'), 'answeredCall');
  const answers = await Promise.all(
    ['1042/dialer', '1042/other', '9999/dialer'].map((path) =>
      fetch(`${host.url}/callbacks/${path}`, { method: 'POST', body: '{}' }),
    ),
  );
  const told = await Promise.all(
    answers.map(async (answer) => {
      const problem = await answer.text();
      return [answer.status, problem.replace(/"requestId":"[^"]*"/, '')];
    }),
  );
  expect(told[0]?.[0]).toBe(403);
  expect(told[1]).toEqual(told[0]);
  expect(told[2]).toEqual(told[0]);
  expect(host.logged.join('')).toContain('the signature is wrong');
});

it('a callback that reports no event gets 400, and the reason is in the log', async () => {
  const host = await startHostWithAdapter(failing('invalid_input'), 'answeredCall');
  const answer = await fetch(`${host.url}/callbacks/1042/dialer`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(400);
  const told = host.logged.filter((line) => line.includes('an event was refused'));
  expect(told).toHaveLength(1);
  expect(told[0]).toContain(
    '"tenant":"1042","connection":"dialer","reason":"the signature is wrong"',
  );
});

it('a callback that the adapter turns into an invalid event gets 500, and the log says which field is wrong', async () => {
  const event = "{ number: '41999998888', callId: 'c-1', extension: 1001 }";
  const odd = `() => ({ features: { answeredCall: async () => ({ events: [${event}] }) } })`;
  const host = await startHostWithAdapter(odd, 'answeredCall');
  const answer = await fetch(`${host.url}/callbacks/1042/dialer`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(500);
  expect(host.logged.join('')).toContain('events.0.extension: must be text, and is a number');
});
