import { describe, expect, it } from 'vitest';
import { runFeature } from '../support/run-feature.ts';
import { dial, errorOf, sentBy } from '../support/template-documents.ts';

describe('a request', () => {
  it('appends its url to baseUrl with one slash, unless the url is absolute', async () => {
    for (const [baseUrl, url] of [
      ['https://pbx.example/api/', '/calls'],
      ['https://pbx.example/api', 'calls'],
      ['https://pbx.example', '/api/calls'],
    ] as const) {
      const sent = await sentBy({ baseUrl, ...dial({ url }) });
      expect(sent.url).toBe('https://pbx.example/api/calls');
    }
    const other = { baseUrl: 'https://pbx.example', ...dial({ url: 'http://other.example/x' }) };
    expect((await sentBy(other)).url).toBe('http://other.example/x');
  });

  it('repeats the key of a list, after the query that its url already has', async () => {
    const query = { id: ['{{ queue }}', 8, true], flag: false, empty: [], blank: '' };
    const sent = await sentBy(dial({ url: 'https://pbx.example/x?fixed=1', query }));
    expect(sent.url).toBe('https://pbx.example/x?fixed=1&id=7&id=8&id=true&flag=false&blank=');
  });

  it('has the headers of the connection, unless its own headers replace them', async () => {
    const sent = await sentBy({
      headers: { Authorization: 'Bearer {{ parameters.gone }}', 'X-All': '1' },
      ...dial({ headers: { authorization: 'Basic {{ "user:pass" | base64 }}' } }),
    });
    expect(sent.headers).toEqual({ authorization: 'Basic dXNlcjpwYXNz', 'x-all': '1' });
  });

  it.each([
    ['https://pbx.example/files/9', true],
    ['http://pbx.example/files/9', false],
    ['https://other.example/files/9', false],
  ])(
    'to %s, an address from a reply, has the headers of the connection: %s',
    async (location, isOwn) => {
      const { context, result } = runFeature(
        'click2call',
        {
          baseUrl: 'https://pbx.example',
          headers: { Authorization: 'Bearer tok_live' },
          ...dial(
            { url: '{{ captures.location }}' },
            {
              steps: [
                { request: { url: '/files' }, capture: { location: '{{ reply.location }}' } },
              ],
            },
          ),
        },
        [{ body: JSON.stringify({ location }) }, {}],
      );
      await result;
      expect(context.sent[1]?.url).toBe(location);
      expect(context.sent[1]?.headers['authorization']).toBe(isOwn ? 'Bearer tok_live' : undefined);
    },
  );

  it.each(['a\r\nX-Evil: 1', 'a\nb', 'a\u0000', 'a\u007f', 'ação \u{1F600}'])(
    'is refused with %j in a header',
    async (queue) => {
      const settings = dial({ headers: { 'X-Queue': '{{ queue }}' } });
      const { context, result } = runFeature('click2call', settings, {}, { queue });
      const error = await errorOf(result);
      expect(error).toMatchObject({ code: 'invalid_input', delivery: 'not_sent' });
      expect(error.message).toContain('"x-queue"');
      expect(context.sent).toEqual([]);
    },
  );

  it.each(['.', '..'])('is refused with %j as a path segment', async (queue) => {
    const settings = dial({ url: 'https://pbx.example/queues/{{ queue }}/calls' });
    const error = await errorOf(runFeature('click2call', settings, {}, { queue }).result);
    expect(error).toMatchObject({ code: 'invalid_input', delivery: 'not_sent' });
  });

  it.each([
    ['path', dial({ url: 'https://pbx.example/{{ queue }}' })],
    ['query', dial({ query: { q: '{{ queue }}' } })],
    ['form', dial({ method: 'POST', body: { form: { q: '{{ queue }}' } } })],
    ['filter', dial({ query: { q: '{{ queue | urlEncode }}' } })],
  ])('is refused with half of a character in its %s', async (_place, settings) => {
    const error = await errorOf(
      runFeature('click2call', settings, {}, { queue: 'a\ud800' }).result,
    );
    expect(error).toMatchObject({ code: 'invalid_input', delivery: 'not_sent' });
    expect(error.message).toContain('lone surrogate');
  });

  it('fails before sending if a parameter is missing, unless there is a default', async () => {
    const missing = await errorOf(
      runFeature('click2call', dial({ query: { c: '{{ parameters.campaign }}' } })).result,
    );
    expect(missing).toMatchObject({
      code: 'invalid_input',
      delivery: 'not_sent',
      message: 'The value of {{ parameters.campaign }} was not sent.',
    });
    const sent = await sentBy(
      dial({ query: { c: "{{ parameters.campaign | default: 'none' }}" } }),
    );
    expect(sent.url).toBe('https://pbx.example/x?c=none');
  });

  it.each([
    'https://pbx.example/lists/{{ parameters.list | default: "" }}',
    'https://pbx.example/lists/{{ parameters.list | default: "" }}/contacts?a=/',
    'https://pbx.example/lists/{{ parameters.list | default: "" }}?all=1',
  ])('is refused if an empty value would lead to another address: %s', async (url) => {
    const settings = dial({ url });
    const { context, result } = runFeature('click2call', settings);
    expect(await errorOf(result)).toMatchObject({ code: 'invalid_input', delivery: 'not_sent' });
    expect(context.sent).toEqual([]);
  });

  it('keeps the empty path segments that the document itself writes', async () => {
    const sent = await sentBy(
      dial({ url: 'https://pbx.example/a//b/x{{ parameters.x | default: "" }}/?q=' }),
    );
    expect(sent.url).toBe('https://pbx.example/a//b/x/?q=');
  });

  it('never evaluates a value as a template', async () => {
    const settings = {
      variables: { inner: 'secret', outer: '{{ variables.inner }}' },
      ...dial({ method: 'POST', body: { json: { a: '{{ variables.outer }}', b: '{{ queue }}' } } }),
    };
    const { body } = await sentBy(settings, { queue: '{{ variables.inner }}' });
    expect(JSON.parse(body)).toEqual({ a: '{{ variables.inner }}', b: '{{ variables.inner }}' });
  });

  it('traces where each value comes from', async () => {
    const settings = {
      variables: { t: '1' },
      baseUrl: 'https://{{ variables.t }}.example',
      headers: { 'X-Now': '{{ now | date: "epoch" }}' },
      ...dial({
        url: '/x',
        query: { a: '{{ extension }}', c: '{{ parameters.p }}', d: '{{ 1 }}' },
      }),
    };
    const { context, result } = runFeature('click2call', settings, {}, { parameters: { p: '2' } });
    await result;
    expect(context.traced.map(({ place, source, value }) => [place, source, value])).toEqual([
      ['baseUrl', 'variable', '1'],
      ['query.a', 'input', '1001'],
      ['query.c', 'parameter', '2'],
      ['query.d', 'literal', '1'],
      ['headers.X-Now', 'system', '1795521600'],
    ]);
  });
});
