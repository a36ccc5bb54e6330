import { describe, expect, it } from 'vitest';
import { runFeature } from '../support/run-feature.ts';
import { dial, errorOf, issuesOf, sentBy } from '../support/template-documents.ts';

const url = 'https://pbx.example/x';
const fields = { number: '{{ row.n }}', at: '{{ row.at }}', status: '{{ row.s }}' };
const page = (number: string) =>
  JSON.stringify({ data: [{ n: number, at: '2026-11-24T12:00:00Z', s: 'x' }], next: 'c1' });

describe('hostile documents and answers', () => {
  it('runs a pattern that would hold up a backtracking engine in linear time', async () => {
    const settings = dial({}, { outcome: [{ when: 'text matches "(a+)+$"', is: 'refused' }] });
    const { result } = runFeature('click2call', settings, { body: `${'a'.repeat(50_000)}!` });
    await expect(result).resolves.toMatchObject({ callId: null });
  });

  it('refuses JSON of 100,000 levels', async () => {
    const settings = dial({}, { capture: { callId: '{{ reply.id }}' } });
    const { result } = runFeature('click2call', settings, { body: '['.repeat(100_000) });
    expect(await errorOf(result)).toMatchObject({ code: 'response_too_large' });
  });

  it('ends pages whose cursor comes again, and pages without end', async () => {
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
    const answers = Array.from({ length: 9 }, (_, index) => ({ body: page(`4199999888${index}`) }));
    const endless = runFeature('dialerResults', results({ more: 'true', most: 5 }), answers);
    await errorOf(endless.result);
    expect(endless.context.sent).toHaveLength(5);
  });

  it('ends a poll without end', async () => {
    const settings = dial({}, { repeat: { until: 'reply.done', every: 0.2, atMost: 0.4 } });
    const { context, result } = runFeature('click2call', settings);
    await errorOf(result);
    expect(context.sent.length).toBeLessThan(6);
  });

  it('reads nothing of prototypes, whatever the form of an answer', async () => {
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

  it('does not unfold entities of XML that name each other', async () => {
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

  it('keeps a value with quotes, NUL, line breaks and braces in its place', async () => {
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

  it('refuses a pattern and an expression beyond their limits when the document is saved', () => {
    expect(
      issuesOf(dial({}, { outcome: [{ when: `text matches "${'a'.repeat(501)}"`, is: 'ok' }] })),
    ).toHaveLength(1);
    expect(
      issuesOf(dial({ query: { a: `{{ ${'('.repeat(60)}1${')'.repeat(60)} }}` } })),
    ).toHaveLength(1);
  });
});
