import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { TelephonyError } from '../../src/index.ts';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import { fakeContext } from '../support/fake-context.ts';

const fields = { number: '{{ row.n }}', at: '{{ row.at }}', status: '{{ row.s }}' };
const row = '{"n":"41999998888","at":"2026-11-24 09:00:00","s":"BUSY"}';

/** Reads an answer up to its first row. */
async function readFirst(body: ReadableStream, more: object) {
  const { features } = createTemplateAdapter(
    v.parse(TemplateSettingsSchema, {
      dialerResults: { request: { url: 'https://pbx.example/r' }, fields, ...more },
    }),
  );
  const report = features.dialerResults?.read(
    {
      mailing: { mailingId: 'm-1', queue: '7', parameters: {}, captures: {} },
      period: { from: new Date(0), to: new Date() },
    },
    { ...fakeContext(), fetch: async () => new Response(body) },
  );
  for await (const attempt of report ?? []) return attempt;
  return undefined;
}

const lines = { read: { as: 'ndjson' } };
const columns = { read: { as: 'delimited' } };
const isEmpty = { outcome: [{ when: 'status == 200', is: 'ok_empty' }] };

describe('a report that is not read to its end', () => {
  it.each([
    ['a page instead of JSON', '<html>', 'x', {}, 'unreadable_response'],
    ['a sentence that a rule calls "ok_empty"', 'Sem dados', 'x', isEmpty, 'no row'],
    ['broken JSON', '[,', `${row},`, {}, 'unreadable_response'],
    ['a JSON report, after its first row', '[', `${row},`, {}, 'a row'],
    ['lines that are not JSON', '', 'x\n', lines, 'unreadable_response'],
    ['JSON lines, after the first line', '', `${row}\n`, lines, 'a row'],
    ['columns without those that are read', 'x;y\n', '1;2\n', columns, 'unreadable_response'],
    [
      'delimited text, after its first row',
      'n;at;s\n',
      '41999998888;2026-11-24;x\n',
      columns,
      'a row',
    ],
  ])('is cancelled, so that it holds no socket: %s', async (_, begin, endless, more, expected) => {
    let isLeft = false;
    const body = new ReadableStream({
      start: (stream) => stream.enqueue(Buffer.from(begin)),
      pull: (stream) => stream.enqueue(Buffer.from(endless.repeat(1000))),
      cancel: () => void (isLeft = true),
    });
    const end = await readFirst(body, more).then(
      (attempt) => (attempt ? 'a row' : 'no row'),
      (error: unknown) => (TelephonyError.isInstance(error) ? error.code : error),
    );
    expect({ end, isLeft }).toEqual({ end: expected, isLeft: true });
  });

  it('fails with the error that broke it off', async () => {
    const broken = new Error('broken off');
    let chunks = 0;
    const body = new ReadableStream({
      start: (stream) => stream.enqueue(Buffer.from('[')),
      pull(stream) {
        chunks += 1;
        if (chunks < 4) stream.enqueue(Buffer.from(' '.repeat(50_000)));
        else stream.error(broken);
      },
    });
    await expect(readFirst(body, {})).rejects.toBe(broken);
  });
});
