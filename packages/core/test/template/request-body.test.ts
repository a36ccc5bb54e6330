import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { TemplateSettingsSchema } from '../../src/template/index.ts';
import { dial, issuesOf, sentBy } from '../support/template-documents.ts';

const post = (body: object, more: object = {}) => dial({ method: 'POST', body, ...more });

describe('a json body', () => {
  it('keeps the type of a value that is one expression', async () => {
    const json = {
      text: '{{ extension }}',
      number: '{{ extension | number }}',
      mixed: 'ramal {{ extension }}',
      condition: '{{ queue == "7" }}',
      absent: '{{ null }}',
      list: '{{ [queue, 1] }}',
      variable: '{{ variables.flag }}',
      moment: '{{ now }}',
      deep: [{ a: ['{{ queue }}'] }],
      as: [1, 1.5, true, false, null, 'text', {}, []],
    };
    const { body, headers } = await sentBy({ variables: { flag: true }, ...post({ json }) });
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body)).toEqual({
      text: '1001',
      number: 1001,
      mixed: 'ramal 1001',
      condition: true,
      absent: null,
      list: ['7', 1],
      variable: true,
      moment: '2026-11-24T12:00:00.000Z',
      deep: [{ a: ['7'] }],
      as: [1, 1.5, true, false, null, 'text', {}, []],
    });
  });

  it.each([
    ['[1]', [1]],
    ['"x"', 'x'],
    ['null', null],
  ])('may be %s', async (written, json) => {
    expect((await sentBy(post({ json }))).body).toBe(written);
  });
});

describe('other bodies', () => {
  it('a form repeats the key of a list', async () => {
    const { body, headers } = await sentBy(
      post({ form: { 'a b': '{{ queue }} & co', id: ['{{ extension }}', 2], on: true } }),
    );
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(body).toBe('a%20b=7%20%26%20co&id=1001&id=2&on=true');
  });

  it('a text is sent as written, with the Content-Type of the headers', async () => {
    const { body, headers } = await sentBy(
      post(
        { text: '<call ext="{{ extension }}"/>\r\n' },
        { headers: { 'Content-Type': 'text/xml' } },
      ),
    );
    expect(body).toBe('<call ext="1001"/>\r\n');
    expect(headers['content-type']).toBe('text/xml');
  });

  it('a multipart body has fields and files', async () => {
    const sent = await sentBy(
      post({
        multipart: {
          queue: '{{ queue }}',
          file: {
            filename: '{{ queue }}.csv',
            contentType: 'text/csv',
            content: 'a;b\n{{ number }};1\n',
          },
          raw: { filename: 'x', content: '' },
        },
      }),
    );
    const form = await new Response(sent.body, {
      headers: { 'content-type': sent.headers['content-type'] ?? '' },
    }).formData();
    expect(form.get('queue')).toBe('7');
    const file = form.get('file');
    const raw = form.get('raw');
    if (!(file instanceof File && raw instanceof File)) throw new Error('no files');
    expect([file.name, file.type, await file.text()]).toEqual([
      '7.csv',
      'text/csv',
      'a;b\n999998888;1\n',
    ]);
    expect(raw.type).toBe('application/octet-stream');
  });

  it.each([{}, { text: 'a', form: {} }])('must be of exactly one kind: %j is refused', (body) => {
    expect(v.safeParse(TemplateSettingsSchema, post(body)).issues?.[0].message).toBe(
      'needs exactly one of json, form, text, multipart',
    );
  });
});

describe('the charset of a request', () => {
  const queue = 'São João & € 漢';

  it.each([
    ['iso-8859-1', 'q=S%E3o%20Jo%E3o%20%26%20%3F%20%3F'],
    ['windows-1252', 'q=S%E3o%20Jo%E3o%20%26%20%80%20%3F'],
    ['utf-8', 'q=S%C3%A3o%20Jo%C3%A3o%20%26%20%E2%82%AC%20%E6%BC%A2'],
  ])('%s encodes the values of a form', async (charset, form) => {
    const { body } = await sentBy(post({ form: { q: '{{ queue }}' } }, { charset }), { queue });
    expect(body).toBe(form);
  });

  it('iso-8859-1 keeps letters whose accents are separate characters', async () => {
    const { body } = await sentBy(post({ form: { q: '{{ queue }}' } }, { charset: 'iso-8859-1' }), {
      queue: 'Sa\u0303o',
    });
    expect(body).toBe('q=S%E3o');
  });

  it('iso-8859-1 encodes the files of a multipart body', async () => {
    const { body } = await sentBy(
      post(
        { multipart: { f: { filename: 'a.txt', content: 'nome;{{ queue }}' } } },
        { charset: 'iso-8859-1' },
      ),
      { queue },
    );
    // Shown as UTF-8, where each byte that is not valid becomes U+FFFD.
    expect(body).toContain('nome;S\ufffdo Jo\ufffdo & ? ?');
  });
});

describe('a text body of parts', () => {
  const parts = [
    '<lista fila="{{ queue }}">',
    { $each: '["a&b", "c"]', $item: '<t>{{ item | xml }}</t>', $join: '\n' },
    '</lista>',
    { $each: 'reply', $item: 'x' },
  ];

  it('joins its parts, with one text for each item of a list', async () => {
    const { body } = await sentBy(post({ text: parts.slice(0, 3) }, { charset: 'iso-8859-1' }));
    expect(body).toBe('<lista fila="7"><t>a&#38;b</t>\n<t>c</t></lista>');
    const none = { $each: 'operators', $item: 'x' };
    expect((await sentBy(post({ text: ['-', none, '-'] }))).body).toBe('--');
  });

  it('reports mistakes with their place', () => {
    expect(issuesOf(post({ text: parts }))).toEqual([
      expect.stringContaining('click2call.request.body.text.3.$each: unknown variable "reply"'),
    ]);
    const joined = { $each: 'operators', $item: 'x', $join: '{{ variables.comma }}' };
    expect(issuesOf(post({ text: [joined] }))).toEqual([
      'click2call.request.body.text.0.$join: is sent as it is written; {{ }} stands in "$item"',
    ]);
  });
});
