import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import type { AdapterContext } from '../../src/index.ts';
import type { ReadingStep } from '../../src/host.ts';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import { fakeContext } from '../support/fake-context.ts';
import { errorOf } from '../support/template-documents.ts';

const now = 1795521600;
const fields = { number: '{{ row.to }}', callId: '{{ row.call }}', extension: '{{ row.agent }}' };

async function trySample(
  answeredCall: object,
  body: string,
  headers: Record<string, string> = {},
  more: Partial<AdapterContext> = { isSample: true },
) {
  const settings = v.parse(TemplateSettingsSchema, {
    variables: { secret: 's3cret', noBase64: '***secret***' },
    answeredCall,
  });
  const read = createTemplateAdapter(settings).features.answeredCall;
  if (!read) throw new Error('no answeredCall feature');
  const steps: ReadingStep[] = [];
  const concealed: string[] = [];
  const request = new Request('https://host.example/callbacks/1042/dialer?ramal=9', {
    method: 'POST',
    body,
    headers,
  });
  const reading = read(request, {
    ...fakeContext(),
    ...more,
    explain: (step) => steps.push(step),
    conceal: (value) => concealed.push(value),
  });
  return { reading, steps, concealed };
}

describe('a sample of a notification', () => {
  it('explains the query, the body, the condition, and what each field has read, up to the field that fails', async () => {
    const { reading, steps } = await trySample(
      {
        when: 'body.status == "up"',
        fields: {
          number: '{{ body.to }}',
          callId: '{{ body.id | required: "the id" }}',
          extension: '{{ query.ramal }}',
          contactId: 'none',
        },
      },
      '{"status":"up","to":"4133334444"}',
    );
    expect(await errorOf(reading)).toMatchObject({ message: expect.stringContaining('the id') });
    const value = (place: string, expression: string, read: object, text: string) => ({
      kind: 'value',
      place: `answeredCall.${place}`,
      expression,
      reads: [read],
      value: text,
    });
    expect(steps).toEqual([
      {
        kind: 'notification',
        place: 'answeredCall',
        query: { ramal: '9' },
        body: { status: 'up', to: '4133334444' },
      },
      value('when', 'body.status == "up"', { expression: 'body.status', value: 'up' }, 'true'),
      value(
        'fields.number',
        '{{ body.to }}',
        { expression: 'body.to', value: '4133334444' },
        '4133334444',
      ),
      value('fields.callId', '{{ body.id | required: "the id" }}', { expression: 'body.id' }, ''),
      value(
        'fields.extension',
        '{{ query.ramal }}',
        { expression: 'query.ramal', value: '9' },
        '9',
      ),
    ]);
  });

  it('explains for each row whether the row is an event, skipped or unusable, and why', async () => {
    const { reading, steps } = await trySample(
      { rows: 'body.events', skip: 'row.type != "up"', fields },
      '{"events":[{"type":"ring"},{"type":"up","to":"1","call":"c","agent":"9"},{"type":"up","to":"1"}]}',
    );
    expect((await reading).events).toHaveLength(1);
    expect(steps[1]).toMatchObject({ place: 'answeredCall.rows', value: '3 rows' });
    const rows = steps.filter((step) => step.kind === 'row');
    expect(rows.map(({ state, reason }) => [state, reason])).toEqual([
      ['skipped', undefined],
      ['event', undefined],
      ['unreadable', 'callId: is missing; extension: is missing'],
    ]);
    const skip = (value: string, type: string) => ({
      name: 'skip',
      expression: 'row.type != "up"',
      reads: [{ expression: 'row.type', value: type }],
      value,
    });
    expect(rows[0]?.fields).toEqual([skip('true', 'ring')]);
    expect(rows[2]?.fields).toEqual([
      skip('false', 'up'),
      {
        name: 'number',
        expression: '{{ row.to }}',
        reads: [{ expression: 'row.to', value: '1' }],
        value: '1',
      },
      {
        name: 'callId',
        expression: '{{ row.call }}',
        reads: [{ expression: 'row.call' }],
        value: '',
      },
      {
        name: 'extension',
        expression: '{{ row.agent }}',
        reads: [{ expression: 'row.agent' }],
        value: '',
      },
    ]);
  });

  it('explains that "rows" reads nothing if the body has no list there', async () => {
    const { reading, steps } = await trySample({ rows: 'body.list', fields }, '{"events":[]}');
    expect(await errorOf(reading)).toMatchObject({ code: 'invalid_input' });
    expect(steps.at(-1)).toMatchObject({ place: 'answeredCall.rows', value: '' });
  });
});

describe('the signature of a sample', () => {
  const body = '{"to":"1","call":"c","agent":"9"}';
  const signature = {
    given: '{{ header.x-sig }}',
    expected: '{{ [header.x-at, text] | join: "." | hmac: variables.secret }}',
    at: '{{ header.x-at | parseDate: "epoch" }}',
  };
  const signed = (at: number) => ({
    'X-At': String(at),
    'X-Sig': createHmac('sha256', 's3cret').update(`${at}.${body}`).digest('hex'),
  });
  const one = { number: '{{ body.to }}', callId: '{{ body.call }}', extension: '{{ body.agent }}' };
  const settings = { fields: one, signature };
  const { expected: _, ...parts } = signature;
  const inBase64 = {
    ...parts,
    expected:
      '{{ [header.x-at, text] | join: "" | hmac: variables.noBase64, "sha1", "hex", "base64" }}',
  };

  it.each([
    ['right', settings, signed(now), ''],
    ['old', settings, signed(now - 301), 'was signed more than 300 seconds ago'],
    ['refused', settings, signed(now + 301), 'was signed more than 300 seconds ago or ahead'],
    ['refused', settings, { ...signed(now), 'X-Sig': 'abcdef' }, 'has a wrong signature'],
    ['refused', settings, {}, 'has no signature'],
    ['refused', { fields: one, signature: inBase64 }, signed(now), 'The key of an HMAC'],
  ])('is reported as "%s", but stops no event', async (state, answeredCall, headers, reason) => {
    const { reading, steps, concealed } = await trySample(answeredCall, body, headers);
    expect((await reading).events).toHaveLength(1);
    const told = steps.find((step) => step.kind === 'signature');
    expect(told).toMatchObject({ state, place: 'answeredCall.signature' });
    expect(told?.reason ?? '').toContain(reason);
    expect(told?.reads.map(({ expression }) => expression)).toEqual([
      'header.x-sig',
      'header.x-at',
    ]);
    // The signature is concealed, because a fixed word in a header is the secret itself.
    expect(concealed).toContain(new Headers(headers).get('X-Sig') ?? '');
  });

  it('is required of a request that is not a sample, even if its reading is explained', async () => {
    const { reading, steps } = await trySample(settings, body, {}, {});
    expect(await errorOf(reading)).toMatchObject({ code: 'auth_failed' });
    expect(steps.map(({ kind }) => kind)).toEqual(['notification']);
  });

  it('is not checked if "except" holds, and the condition is explained', async () => {
    const except = 'query.ramal == "9"';
    const { reading, steps } = await trySample(
      { fields: one, signature: { ...signature, except } },
      body,
    );
    expect(await reading).toEqual({ events: [] });
    expect(steps.slice(1)).toEqual([
      {
        kind: 'value',
        place: 'answeredCall.signature.except',
        expression: except,
        reads: [{ expression: 'query.ramal', value: '9' }],
        value: 'true',
      },
    ]);
  });
});
