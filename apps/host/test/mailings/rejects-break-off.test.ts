import { getRequestListener } from '@hono/node-server';
import { startLoopbackServer } from '@finaz-telephony/testing';
import { Hono } from 'hono';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { HostEnv } from '../../src/http/host-env.ts';
import { silentLogger } from '../../src/logger.ts';
import { writeRejects } from '../../src/mailings/write-rejects.ts';
import type { ListedReject } from '../../src/mailings/mailing-lists.ts';

const rejects = (count: number, from: number): ListedReject[] =>
  Array.from({ length: count }, (_, index) => ({
    seq: from + index,
    line: from + index,
    kind: 'row',
    reason: 'no_phone',
    message: 'has no number',
    contactId: `c-${from + index}`,
    row: '{}',
  }));

/** Serves a list of rejects as CSV, and asks for it as a client does. */
async function ask(read: (after: number) => Promise<ListedReject[]>, logger = silentLogger) {
  const app = new Hono<HostEnv>();
  app.get('/', () => writeRejects(read, logger));
  const listener = getRequestListener(app.fetch);
  const server = await startLoopbackServer((request, response) => void listener(request, response));
  onTestFinished(() => server.close());
  return fetch(server.url);
}

it('all rejects are given as one CSV file', async () => {
  const answer = await ask(async (after) =>
    after === 0 ? rejects(1000, 1) : after === 1000 ? rejects(2, 1001) : [],
  );
  expect(answer.headers.get('Content-Type')).toBe('text/csv; charset=utf-8; header=present');
  const lines = (await answer.text()).split('\r\n');
  expect(lines[0]).toBe('line;kind;reason;message;contactId;row');
  expect(lines.at(-2)).toBe('1002;row;no_phone;has no number;c-1002;{}');
  expect(lines).toHaveLength(1004);
});

it('the CSV of rejects breaks off if the store goes away: a file that merely ended would pass for complete', async () => {
  const said = vi.spyOn(console, 'error').mockReturnValue();
  const error = vi.fn<typeof silentLogger.error>();
  const answer = await ask(
    async (after) => {
      if (after === 0) return rejects(1000, 1);
      throw new Error('Connection terminated: Key (contact)=(Ana)');
    },
    { ...silentLogger, error },
  );
  await expect(answer.text()).rejects.toThrow('terminated');
  expect(error).toHaveBeenCalledOnce();
  expect(JSON.stringify(said.mock.calls)).not.toContain('Ana');
});
