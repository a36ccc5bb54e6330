import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { TelephonyError } from '../../src/index.ts';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import { fakeContext, type FakeReply } from '../support/fake-context.ts';

/** Enough for a report that is longer than what is read before its first row is given. */
const count = 2000;
const rows = Array.from({ length: count }, (_, index) => ({
  c: String(index),
  n: `419${80_000_000 + index}`,
  at: '2026-11-24 09:00:00',
  s: 'BUSY',
}));
const list = JSON.stringify(rows);

const fields = {
  contactId: '{{ row.c }}',
  number: '{{ row.n }}',
  at: '{{ row.at }}',
  status: '{{ row.s }}',
};

/** More than is read before the first row is given, or parsed at once, but less than the whole report. */
const chunkBytes = 70_000;

const inChunks = (text: string): ReadableStream => {
  const bytes = Buffer.from(text);
  let start = 0;
  return new ReadableStream({
    pull(stream) {
      stream.enqueue(bytes.subarray(start, start + chunkBytes));
      start += chunkBytes;
      if (start >= bytes.length) stream.close();
    },
  });
};

/** What a report gives until it ends or fails. */
async function read(replies: FakeReply | readonly FakeReply[], more: object = {}) {
  const { features } = createTemplateAdapter(
    v.parse(TemplateSettingsSchema, {
      dialerResults: {
        request: { url: 'https://pbx.example/r' },
        rows: 'reply.data',
        fields,
        ...more,
      },
    }),
  );
  const context = fakeContext(
    [replies]
      .flat()
      .map((reply) =>
        typeof reply.body === 'string' ? { ...reply, body: inChunks(reply.body) } : reply,
      ),
  );
  const contacts: (string | undefined)[] = [];
  const times = new Set<string>();
  const unread: number[] = [];
  const report = features.dialerResults?.read(
    {
      mailing: { mailingId: 'm-1', queue: '7', parameters: {}, captures: {} },
      period: { from: new Date(0), to: new Date() },
      onUnreadable: ({ position }) => unread.push(position),
    },
    context,
  );
  try {
    for await (const { contactId, at } of report ?? []) {
      contacts.push(contactId);
      times.add(at);
    }
    return { contacts, times, unread, context };
  } catch (error) {
    if (!TelephonyError.isInstance(error)) throw error;
    return { contacts, times, unread, context, error };
  }
}

const all = rows.map(({ c }) => c);

describe('a long report in JSON', () => {
  it.each([
    ['in a member', `{"ok":true,"data":${list},"total":${count}}`, {}],
    ['in a member of a member', `{"r":{"data":${list}}}`, { rows: 'reply.r.data' }],
    ['as the whole answer', list, { rows: 'reply' }],
    ['as the whole answer, without "rows"', list, { rows: undefined }],
    [
      'with a rule that reads what stands around the list',
      `{"data":${list},"ok":true}`,
      { outcome: [{ when: 'reply.ok != true', is: 'refused' }] },
    ],
    [
      'with a rule that reads the list itself',
      `{"data":${list}}`,
      { outcome: [{ when: 'reply.data == ""', is: 'refused' }] },
    ],
    [
      'with a rule that reads the number of rows',
      `{"data":${list}}`,
      { outcome: [{ when: 'reply.data.length == 0', is: 'refused' }] },
    ],
    [
      'with a rule that reads the text',
      list,
      { rows: 'reply', outcome: [{ when: 'text == "[]"', is: 'refused' }] },
    ],
    [
      'with a rule that reads one of the rows',
      `{"data":${list}}`,
      { outcome: [{ when: 'reply.data.0.c == null', is: 'refused' }] },
    ],
    [
      'with a "skip" that reads what stands around the list',
      `{"data":${list},"closed":true}`,
      { skip: 'reply.closed != true' },
    ],
    [
      'with a field that reads what stands around the list',
      `{"data":${list},"zone":"-05:00"}`,
      { fields: { ...fields, at: '2026-11-24T07:00:00{{ reply.zone }}' } },
    ],
  ])('gives each row once: %s', async (_, body, more) => {
    const { contacts, times, unread, error } = await read({ body }, more);
    expect({ contacts, unread, error }).toEqual({ contacts: all, unread: [], error: undefined });
    expect([...times]).toEqual(['2026-11-24T12:00:00.000Z']);
  });

  it('gives its first rows while later rows are still to come', async () => {
    const { features } = createTemplateAdapter(
      v.parse(TemplateSettingsSchema, {
        dialerResults: { request: { url: 'https://pbx.example/r' }, rows: 'reply.data', fields },
      }),
    );
    let sent = 0;
    const body = new ReadableStream({
      start: (stream) => stream.enqueue(Buffer.from('{"data":[')),
      pull(stream) {
        sent += 1;
        stream.enqueue(Buffer.from(`${JSON.stringify(rows[sent % count])},`));
      },
    });
    const report = features.dialerResults?.read(
      {
        mailing: { mailingId: 'm-1', queue: '7', parameters: {}, captures: {} },
        period: { from: new Date(0), to: new Date() },
      },
      { ...fakeContext(), fetch: async () => new Response(body) },
    );
    let given = 0;
    for await (const { contactId } of report ?? []) {
      if (contactId !== undefined) given += 1;
      if (given === 10_000) break;
    }
    expect(sent).toBeLessThan(given + 2000);
  });

  it('gives its rows and then fails if the telephone system reports an error after them', async () => {
    const outcome = [
      { when: 'reply.error != null', is: 'temporary', message: '{{ reply.error }}' },
    ];
    const body = `{"data":${list},"error":"base de dados fora"}`;
    const { contacts, error } = await read({ body }, { outcome });
    expect(contacts).toEqual(all);
    expect(error).toMatchObject({ code: 'unavailable', vendor: { message: 'base de dados fora' } });
  });

  it('that breaks off fails, and the rows before the break are kept', async () => {
    const broken = list.slice(0, -30);
    const { contacts, error } = await read({ body: `{"data":${broken}` });
    expect(contacts).toEqual(all.slice(0, -1));
    expect(error).toMatchObject({
      code: 'unreadable_response',
      message: `The report cannot be read: it ends too early, after row ${count - 1}.`,
    });
  });

  it.each(['', '}}', ',"total":}'])(
    'fails if what follows its rows is not valid JSON: %j',
    async (end) => {
      const { error } = await read({ body: `{"data":${list}${end}` });
      expect(error).toMatchObject({
        code: 'unreadable_response',
        message: 'The report cannot be read: it is not valid JSON after its rows.',
      });
    },
  );

  it.each([
    [
      'an object in place of the list',
      `{"data":{},"other":${list}}`,
      'The answer has no list at "reply.data".',
    ],
    [
      'a page instead of the report',
      `<html>${'x'.repeat(100_000)}`,
      'The answer has no list at "reply.data".',
    ],
  ])('fails without a row if there is %s', async (_, body, message) => {
    expect(await read({ body })).toMatchObject({
      contacts: [],
      error: { code: 'unreadable_response', message },
    });
  });

  it.each([
    ['short', ''],
    ['longer than what a report is judged by', 'x'.repeat(100_000)],
  ])('is empty, instead of an error, if a rule calls an answer "ok_empty": %s', async (_, note) => {
    const body = JSON.stringify({ none: true, note });
    const outcome = [{ when: 'reply.none == true', is: 'ok_empty' }];
    const { contacts, error } = await read({ body }, { outcome });
    expect([contacts, error]).toEqual([[], undefined]);
  });

  it('is cancelled if its status is an error, because the rest would hold its connection', async () => {
    let isLeft = false;
    const body = new ReadableStream({
      pull: (stream) => stream.enqueue(Buffer.from('x'.repeat(10_000))),
      cancel: () => {
        isLeft = true;
      },
    });
    const { error } = await read({ status: 404, body });
    expect(error).toMatchObject({ code: 'not_found' });
    expect(isLeft).toBe(true);
  });

  it('with status 404 fails as not_found, and its rows are not read', async () => {
    const { contacts, error } = await read({ status: 404, body: `{"data":${list}}` });
    expect(contacts).toEqual([]);
    expect(error).toMatchObject({ code: 'not_found' });
  });

  it.each([
    ['as JSON', `{"data":${list}}`, {}],
    [
      'as lines',
      `c;n;at;s\n${rows.map((row) => Object.values(row).join(';')).join('\n')}`,
      { rows: undefined, read: { as: 'delimited' } },
    ],
  ])('sent %s is requested again after status 503', async (_, body, more) => {
    const { contacts, context } = await read(
      [{ status: 503, headers: { 'retry-after': '0' } }, { body }],
      more,
    );
    expect(contacts).toEqual(all);
    expect(context.sent).toHaveLength(2);
  });
});

describe('a long report of JSON lines', () => {
  const lines = rows.map((row) => JSON.stringify(row)).join('\n');
  const more = { rows: undefined, read: { as: 'ndjson' } };

  it.each([
    ['that ends with its last row', lines],
    ['that ends with a line end', `${lines}\r\n`],
    ['with blank lines', `\n\n${lines}\n\n`],
  ])('gives each row once: %s', async (_, body) => {
    expect(await read({ body }, more)).toMatchObject({ contacts: all, unread: [] });
  });

  it('reports a line that is not JSON with its position, and reads on', async () => {
    const body = `${lines}\nnot a row\n${JSON.stringify(rows[0])}`;
    expect(await read({ body }, more)).toMatchObject({
      contacts: [...all, '0'],
      unread: [count + 1],
    });
  });

  it.each([
    ['the last line', 'reply[-1].error != null'],
    ['the text', 'text contains "fora do ar"'],
  ])('fails without a row if a rule that reads %s refuses the report', async (_, when) => {
    const body = `${lines}\n{"error":"fora do ar"}`;
    const outcome = [{ when, is: 'refused' }];
    expect(await read({ body }, { ...more, outcome })).toMatchObject({
      contacts: [],
      error: { code: 'refused' },
    });
  });

  it('can have rows that read another line', async () => {
    const body = `${lines}\n{"day":"2026-11-24"}`;
    const dated = { ...fields, at: '{{ reply[-1].day }}T09:00:00' };
    expect(await read({ body }, { ...more, fields: dated, skip: 'row.day' })).toMatchObject({
      contacts: all,
      unread: [],
    });
  });

  it('fails if its beginning has no line of JSON', async () => {
    expect(await read({ body: 'maintenance\n'.repeat(10_000) }, more)).toMatchObject({
      contacts: [],
      error: { code: 'unreadable_response' },
    });
  });
});
