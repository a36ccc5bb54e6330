// Recordings that an adapter makes itself of what it has fetched, and that fail by its own code.
import { expect, it } from 'vitest';
import { startHostWithAdapter } from '../support/host-with-adapter.ts';

/** An adapter whose recordings are made in pieces, the first of them `piece`, and then fail. */
const failingAfter = (piece: string) => `() => ({
  features: {
    recording: async () => {
      let isBegun = false;
      const body = new ReadableStream({
        pull(controller) {
          if (isBegun || ${JSON.stringify(piece)} === '') controller.error(new RangeError('the call of Maria da Silva'));
          else controller.enqueue(new TextEncoder().encode(${JSON.stringify(piece)}));
          isBegun = true;
        },
      });
      return new Response(body, { headers: { 'Content-Type': 'audio/wav' } });
    },
  },
})`;

it('one that fails at its beginning is a defect of the adapter, and no broken connection', async () => {
  const host = await startHostWithAdapter(failingAfter(''), 'recording');
  const answer = await host.tenant('/recordings/c-1');
  expect(await answer.json()).toMatchObject({
    code: 'internal',
    detail: 'The adapter failed without saying why.',
  });
  const log = host.logged.join('\n');
  expect(log).toContain('"type":"RangeError"');
  expect(log).not.toContain('Maria');
});

it('one that fails in the middle is cut off, and the log has the kind and the place, but no words', async () => {
  const host = await startHostWithAdapter(failingAfter(`RIFF${'x'.repeat(100)}`), 'recording');
  const answer = await host.tenant('/recordings/c-1');
  expect(answer.status).toBe(200);
  await expect(answer.arrayBuffer()).rejects.toThrow('terminated');
  await expect.poll(() => host.logged.join('\n')).toContain('a recording ended early');
  const log = host.logged.join('\n');
  expect(log).toContain('"type":"RangeError"');
  expect(log).not.toContain('Maria');
});
