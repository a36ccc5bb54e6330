import { strToU8, zipSync } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import { runFeature } from '../support/run-feature.ts';
import { skipWaits } from '../support/skip-waits.ts';
import { dial, errorOf, issuesOf, sentBy } from '../support/template-documents.ts';

const url = 'https://pbx.example/x';
const fields = { number: '{{ row.n }}', at: '{{ row.at }}', status: '{{ row.s }}' };
const page = (number: string) =>
  JSON.stringify({ data: [{ n: number, at: '2026-11-24T12:00:00Z', s: 'x' }], next: 'c1' });

const audioOf = async (response: unknown) =>
  response instanceof Response ? await response.text() : undefined;

/** A ZIP whose directory says that its files are so large. */
function claiming(size: number, zip: Uint8Array): Uint8Array {
  const view = new DataView(zip.buffer);
  for (let at = 0; at + 4 < zip.length; at += 1) {
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, size, true);
  }
  return zip;
}

/** A ZIP whose directory names its only file so many times. */
function repeating(times: number, zip: Uint8Array): Uint8Array {
  const end = zip.length - 22;
  const entry = zip.subarray(new DataView(zip.buffer).getUint32(end + 16, true), end);
  const last = zip.slice(end);
  const view = new DataView(last.buffer);
  view.setUint16(8, times, true);
  view.setUint16(10, times, true);
  view.setUint32(12, entry.length * times, true);
  const entries = Array.from({ length: times }, () => entry);
  return Buffer.concat([zip.subarray(0, zip.length - 22 - entry.length), ...entries, last]);
}

describe('hostile documents and answers', () => {
  it('a pattern that would stall a backtracking engine holds up a call for less than 3 seconds of CPU time', async () => {
    const settings = dial({}, { outcome: [{ when: 'text matches "(a+)+$"', is: 'refused' }] });
    // Such an engine would need 10 seconds for the short text, which fails the test, and forever for the long one.
    for (const length of [27, 50_000]) {
      const begun = process.threadCpuUsage();
      const { result } = runFeature('click2call', settings, { body: `${'a'.repeat(length)}!` });
      expect(await result).toEqual({ callId: null, captures: {} });
      expect(process.threadCpuUsage(begun).user).toBeLessThan(3_000_000);
    }
  });

  it('a search that takes too long, or a pattern too large for its text, leaves the call in doubt', async () => {
    const reading = (pattern: string, all: boolean, length: number) => {
      const read = { as: 'regex', pattern, all };
      const settings = dial({}, { read, capture: { found: '{{ reply | size }}' } });
      return runFeature('click2call', settings, { body: 'a'.repeat(length) }).result;
    };
    const now = vi.spyOn(performance, 'now');
    for (let second = 0; second < 50; second += 1) now.mockReturnValueOnce(second * 1000);
    const tooLarge = { code: 'response_too_large', delivery: 'unknown' };
    expect(await errorOf(reading('(?P<x>a*b|a)', true, 500))).toMatchObject(tooLarge);
    now.mockRestore();
    expect(await errorOf(reading('(?:a?){400}a{400}b', false, 900_000))).toMatchObject(tooLarge);
    await expect(reading('(?P<x>a*b|a)', true, 500)).resolves.toMatchObject({
      captures: { found: '500' },
    });
  });

  it.each([
    ['json, thirty times', `reply.a${' | json'.repeat(30)}`],
    ['csv, thirty times', `reply.a${' | csv'.repeat(30)}`],
    ['base64, a hundred times', `reply.a${' | base64'.repeat(100)}`],
    ['a replacement of each character by all', 'reply.b | replace: "x", reply.b'],
    ['a list that is joined by all', 'reply.b | split: "" | join: reply.b'],
  ])('filters that would fill the memory leave the call in doubt: %s', async (_what, source) => {
    const settings = dial({}, { capture: { callId: `{{ ${source} | size }}` } });
    const body = JSON.stringify({ a: '"', b: 'x'.repeat(100_000) });
    expect(await errorOf(runFeature('click2call', settings, { body }).result)).toMatchObject({
      code: 'invalid_config',
      delivery: 'unknown',
      message: expect.stringContaining('more than 10000000 characters'),
    });
  });

  it('JSON with 100,000 levels is refused as too large', async () => {
    const settings = dial({}, { capture: { callId: '{{ reply.id }}' } });
    const { result } = runFeature('click2call', settings, { body: '['.repeat(100_000) });
    expect(await errorOf(result)).toMatchObject({ code: 'response_too_large' });
  });

  it('a report in pages ends with an error if a cursor or a page repeats, and after as many pages as "most" allows', async () => {
    const results = (pages: object) => ({
      dialerResults: {
        request: { url, query: { c: '{{ cursor }}', p: '{{ page }}' } },
        rows: 'reply.data',
        fields,
        pages,
      },
    });
    const repeated = runFeature('dialerResults', results({ cursor: '{{ reply.next }}' }), {
      body: page('41999998888'),
    });
    expect(await errorOf(repeated.result)).toMatchObject({ code: 'unreadable_response' });
    expect(repeated.context.sent.length).toBeLessThanOrEqual(3);
    const turns = Array.from({ length: 20 }, (_, index) => ({
      body: page(`4199999888${index % 2}`).replace('c1', `/page/${index % 2}`),
    }));
    const inTurns = runFeature('dialerResults', results({ next: '{{ reply.next }}' }), turns);
    expect(await errorOf(inTurns.result)).toMatchObject({ code: 'unreadable_response' });
    expect(inTurns.context.sent).toHaveLength(3);
    const answers = Array.from({ length: 9 }, (_, index) => ({ body: page(`4199999888${index}`) }));
    const endless = runFeature('dialerResults', results({ more: 'true', most: 5 }), answers);
    await errorOf(endless.result);
    expect(endless.context.sent).toHaveLength(5);
  });

  const row = '41999998888;2026-11-24T12:00:00Z;x\n';
  const delimited = (body: string | ReadableStream) =>
    runFeature(
      'dialerResults',
      { dialerResults: { request: { url }, read: { as: 'delimited' }, fields } },
      { body },
    ).result;

  it.each(['Maria "Nena da Silva', '"Nena" da Silva'])(
    'a report with a stray quote in %j keeps all its rows',
    async (cell) => {
      const report = `i;n;at;s\n${cell};${row}${`7;${row}`.repeat(40_000)}`;
      expect(await delimited(report)).toHaveLength(40_001);
    },
  );

  it('a quote that is never closed ends an endless report after little more than a million characters, in less than 3 seconds of CPU time', async () => {
    const chunk = Buffer.from(`7;${row}`.repeat(1000));
    let sent = 0;
    let isLeft = false;
    const endless = new ReadableStream({
      start: (stream) => stream.enqueue(Buffer.from(`i;n;at;s\n"Nena da Silva;${row}`)),
      pull(stream) {
        sent += chunk.length;
        stream.enqueue(chunk);
        // Otherwise a reader without a limit would read on, and the test would not end.
        if (sent > 10_000_000) stream.close();
      },
      cancel: () => void (isLeft = true),
    });
    const begun = process.threadCpuUsage();
    expect(await errorOf(delimited(endless))).toMatchObject({
      code: 'unreadable_response',
      message: expect.stringContaining('perhaps a quote is never closed'),
    });
    expect(process.threadCpuUsage(begun).user).toBeLessThan(3_000_000);
    expect(sent).toBeLessThan(1_200_000);
    expect(isLeft).toBe(true);
  });

  it('only one file of a ZIP is unpacked, and no more of it than its stated size or the limit', async () => {
    const ofZip = (bytes: Uint8Array, zip = '') =>
      runFeature(
        'recording',
        { recording: { request: { url }, audio: { zip } } },
        { headers: { 'content-type': 'application/zip' }, body: Uint8Array.from(bytes) },
      ).result;
    const text = new Uint8Array(1_000_000);
    const audio = ofZip(zipSync({ '1.txt': text, 'a.wav': strToU8('RIFFaudio') }), '.wav');
    await expect(audio.then(audioOf)).resolves.toBe('RIFFaudio');
    // Directories that state more, and less, than the file has.
    expect(
      await errorOf(ofZip(claiming(300 * 1024 ** 2, zipSync({ 'a.wav': text })))),
    ).toMatchObject({ code: 'response_too_large' });
    const lying = ofZip(claiming(10, zipSync({ 'a.wav': text })));
    await expect(lying.then(audioOf)).resolves.toHaveLength(10);
    // A file of 10 MB that the directory lists 500 times.
    const large = zipSync({ 'a.wav': new Uint8Array(10_000_000) });
    await expect(ofZip(repeating(500, large)).then(audioOf)).resolves.toHaveLength(10_000_000);
  });

  it('a poll whose condition never holds ends after "atMost", with the call in doubt', async () => {
    skipWaits();
    const settings = dial({}, { repeat: { until: 'reply.done', every: 20, atMost: 60 } });
    const { context, result } = runFeature('click2call', settings);
    expect(await errorOf(result)).toMatchObject({ code: 'timeout', delivery: 'unknown' });
    expect(context.sent).toHaveLength(4);
    expect(performance.now()).toBe(60_000);
  });

  it('an answer in any format can neither read nor change the prototypes of objects', async () => {
    const capture = {
      a: '{{ reply.constructor.name }}',
      b: '{{ reply.__proto__.x | default: "none" }}',
    };
    for (const [read, body] of [
      [{ as: 'json' }, '{"__proto__":{"y":1},"id":1}'],
      [{ as: 'pairs' }, '__proto__=1\nid=1'],
      [{ as: 'xml' }, '<__proto__><x>1</x></__proto__>'],
      [{ as: 'regex', pattern: '(?P<id>[0-9])' }, '1'],
    ] as const) {
      const { result } = runFeature('click2call', dial({}, { read, capture }), { body });
      const ended: unknown = await result.catch((error: unknown) => error);
      expect(JSON.stringify(ended)).not.toContain('Object');
      expect(Object.hasOwn(Object.prototype, 'x') || Object.hasOwn(Object.prototype, 'y')).toBe(
        false,
      );
    }
  });

  it('XML entities that contain each other are not expanded', async () => {
    const entities = Array.from(
      { length: 9 },
      (_, index) => `<!ENTITY e${index + 1} "${`&e${index};`.repeat(10)}">`,
    );
    const body = `<!DOCTYPE a [<!ENTITY e0 "0123456789">${entities.join('')}]><a>&e9;</a>`;
    const settings = dial({}, { read: { as: 'xml' }, capture: { callId: '{{ reply.a }}' } });
    const ended = await runFeature('click2call', settings, { body }).result.catch(
      (error: unknown) => error,
    );
    expect(JSON.stringify(ended).length).toBeLessThan(5000);
  });

  it('an answer of 300,000 blanks instead of XML is refused in less than 3 seconds of CPU time', async () => {
    const settings = dial({}, { read: { as: 'xml' }, capture: { callId: '{{ reply.a }}' } });
    const begun = process.threadCpuUsage();
    const { result } = runFeature('click2call', settings, { body: ' '.repeat(300_000) });
    expect(await errorOf(result)).toMatchObject({ code: 'unreadable_response' });
    expect(process.threadCpuUsage(begun).user).toBeLessThan(3_000_000);
    const led = runFeature('click2call', settings, { body: '\ufeff \n<a>7</a>' });
    await expect(led.result).resolves.toMatchObject({ callId: '7' });
  });

  it('a value with quotes, NUL, line breaks and braces stays in its place in JSON, and is refused in a header', async () => {
    const queue = '7\r\nX: 1\u0000"{{ extension }}';
    const sent = await sentBy(dial({ method: 'POST', body: { json: { q: '{{ queue }}' } } }), {
      queue,
    });
    expect(JSON.parse(sent.body)).toEqual({ q: queue });
    const header = runFeature(
      'click2call',
      dial({ headers: { 'X-Q': '{{ queue }}' } }),
      {},
      { queue },
    );
    expect(await errorOf(header.result)).toMatchObject({ code: 'invalid_input' });
    expect(header.context.sent).toEqual([]);
  });

  it.each([
    ['of open braces', { a: '{{'.repeat(150_000) }, 1],
    [
      'of mistakes',
      Object.fromEntries(Array.from({ length: 20_000 }, (_, place) => [`h${place}`, '{{'])),
      100,
    ],
  ])('headers full %s are checked in less than 3 seconds of CPU time', (_what, headers, told) => {
    const session = { request: { url }, capture: { token: '{{ reply.token }}' } };
    const begun = process.threadCpuUsage();
    expect(issuesOf({ ...dial({}), headers, session })).toHaveLength(told);
    expect(process.threadCpuUsage(begun).user).toBeLessThan(3_000_000);
  });

  it('a pattern or an expression beyond the limits is refused when the document is saved', () => {
    expect(
      issuesOf(dial({}, { outcome: [{ when: `text matches "${'a'.repeat(501)}"`, is: 'ok' }] })),
    ).toHaveLength(1);
    expect(
      issuesOf(
        dial({}, { outcome: [{ when: `text matches "${'x{1000}'.repeat(70)}"`, is: 'ok' }] }),
      ),
    ).toEqual([expect.stringContaining('repeats too much')]);
    expect(
      issuesOf(dial({ query: { a: `{{ ${'('.repeat(60)}1${')'.repeat(60)} }}` } })),
    ).toHaveLength(1);
  });
});
