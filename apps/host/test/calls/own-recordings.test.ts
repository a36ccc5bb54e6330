// Recordings that an adapter makes itself from what it has fetched, and that fail in the adapter's own code.
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

it('a recording that an adapter fails to begin is reported as a defect of the adapter, not as a broken connection', async () => {
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

it("a recording that an adapter breaks off is cut off for the listener, and the log has the error's type and place but not its message", async () => {
  const host = await startHostWithAdapter(failingAfter(`RIFF${'x'.repeat(100)}`), 'recording');
  const answer = await host.tenant('/recordings/c-1');
  expect(answer.status).toBe(200);
  await expect(answer.arrayBuffer()).rejects.toThrow('terminated');
  await expect.poll(() => host.logged.join('\n')).toContain('a recording ended early');
  const log = host.logged.join('\n');
  expect(log).toMatch(/"type":"RangeError","stack":"\\n +at Object\.pull \([^)]+acme-adapter/);
  expect(log).not.toContain('Maria');
});
