import { assert as check, asyncProperty, oneof, constantFrom, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TelephonyError } from '../../src/index.ts';
import type { SentRequest } from '../support/fake-context.ts';
import { dial, sentBy } from '../support/template-documents.ts';

// Pieces that break formats; random text is mixed in below.
const hostile = constantFrom(
  '/',
  '/../',
  '%2e%2e',
  '?a=b#c',
  '&z=evil',
  '"}],"x":"',
  '\\',
  '\r\n--boundary\r\nContent-Disposition: form-data; name="evil"\r\n\r\n',
  '{{ variables.secret }}',
  '{{',
  '@evil.example',
  '\u0000',
  '\u2028',
  'ç\u{1F600}',
  '+ ',
);
const value = oneof(hostile, string({ unit: 'binary', maxLength: 40 }));

/** Any value, as the caller's parameter: the request has its structure and the value is in its place, or nothing is sent. */
async function holdsForAnyValue(
  settings: object,
  compare: (sent: SentRequest, given: string) => void | Promise<void>,
  mayRefuse: (given: string) => boolean,
) {
  await check(
    asyncProperty(value, async (given) => {
      const sending = sentBy(
        { variables: { secret: 'leaked' }, ...settings },
        { parameters: { v: given } },
      );
      if (!mayRefuse(given)) return compare(await sending, given);
      const error: unknown = await sending.catch((thrown: unknown) => thrown);
      expect(TelephonyError.isInstance(error) && error.code).toBe('invalid_input');
    }),
    { numRuns: 150 },
  );
}

const never = () => false;

describe('a request with any value', () => {
  it('keeps the segments and the host of its path', async () => {
    await holdsForAnyValue(
      dial({ url: 'https://pbx.example/a/{{ parameters.v }}/b/x{{ parameters.v }}y?q=1' }),
      ({ url }, given) => {
        const parsed = new URL(url);
        expect([parsed.host, parsed.username, parsed.hash]).toEqual(['pbx.example', '', '']);
        expect(parsed.pathname.split('/').map(decodeURIComponent)).toEqual([
          '',
          'a',
          given,
          'b',
          `x${given}y`,
        ]);
        expect([...parsed.searchParams]).toEqual([['q', '1']]);
      },
      (given) => ['', '.', '..'].includes(given),
    );
  });

  it('keeps the pairs of its query', async () => {
    await holdsForAnyValue(
      dial({
        url: 'https://pbx.example/?in={{ parameters.v }}',
        query: { a: '{{ parameters.v }}', list: ['<{{ parameters.v }}>', 2], z: 'end' },
      }),
      ({ url }, given) => {
        const parsed = new URL(url);
        expect([parsed.host, parsed.pathname, parsed.hash]).toEqual(['pbx.example', '/', '']);
        expect([...parsed.searchParams]).toEqual([
          ['in', given],
          ['a', given],
          ['list', `<${given}>`],
          ['list', '2'],
          ['z', 'end'],
        ]);
      },
      (given) => given === '.' || given === '..',
    );
  });

  it('keeps the structure of its JSON', async () => {
    await holdsForAnyValue(
      dial({
        method: 'POST',
        body: {
          json: { a: '{{ parameters.v }}', b: ['<{{ parameters.v }}>', { c: 1 }], z: 'end' },
        },
      }),
      ({ body }, given) => {
        expect(JSON.parse(body)).toEqual({ a: given, b: [`<${given}>`, { c: 1 }], z: 'end' });
      },
      never,
    );
  });

  it('keeps the pairs of its form', async () => {
    await holdsForAnyValue(
      dial({
        method: 'POST',
        body: { form: { a: '{{ parameters.v }}', list: ['1', '<{{ parameters.v }}>'], z: 'end' } },
      }),
      ({ body }, given) => {
        expect([...new URLSearchParams(body)]).toEqual([
          ['a', given],
          ['list', '1'],
          ['list', `<${given}>`],
          ['z', 'end'],
        ]);
      },
      never,
    );
  });

  it('keeps the parts of its multipart body', async () => {
    const part = '{{ parameters.v }}';
    await holdsForAnyValue(
      dial({
        method: 'POST',
        body: {
          multipart: { field: part, file: { filename: `f${part}`, content: part }, z: 'end' },
        },
      }),
      async ({ body, headers }, given) => {
        const form = await new Response(body, {
          headers: { 'content-type': headers['content-type'] ?? '' },
        }).formData();
        expect([...form.keys()]).toEqual(['field', 'file', 'z']);
        expect(form.get('z')).toBe('end');
        // The format of forms has one kind of line end (HTML, "create an entry").
        expect(form.get('field')).toBe(given.replace(/\r\n|\r|\n/g, '\r\n'));
        const file = form.get('file');
        expect(file instanceof File && (await file.text())).toBe(given.replace(/^\uFEFF/, ''));
      },
      never,
    );
  });

  it('keeps the value in one header, or is refused', async () => {
    await holdsForAnyValue(
      dial({ headers: { 'X-Value': '<{{ parameters.v }}>', 'X-Z': 'end' } }),
      ({ headers }, given) => {
        expect(headers).toEqual({ 'x-value': `<${given}>`, 'x-z': 'end' });
      },
      (given) => /[^\t\u0020-\u007e\u0080-\u00ff]/.test(given),
    );
  });

  it('has the value once, and unchanged, in its text', async () => {
    await holdsForAnyValue(
      dial({ method: 'POST', body: { text: '<{{ parameters.v }}>' } }),
      ({ body }, given) => {
        expect(body).toBe(`<${given}>`);
      },
      never,
    );
  });
});
