import { describe, expect, it } from 'vitest';
import { bundledAdapters } from '../../src/adapters.ts';
import { trialContext } from '../../src/trials/trial-context.ts';
import { sampleInput } from '../../src/trials/sample-input.ts';
import { prepareTrial } from '../../src/trials/prepare-trial.ts';
import { noCalls } from '../../src/trials/trial.ts';
import { tryReply, type TriedReply } from '../../src/trials/try-reply.ts';
import { describeReading } from '../../src/cli/describe-reading.ts';
import { buildConnection } from '../../src/tenants/build-tenant.ts';
import { maskedSecret } from '../../src/tenants/secret-references.ts';
import { AnyObject, jsonOf } from '../support/json.ts';
import { startTestHost } from '../support/test-host.ts';

const adapters = new Map(bundledAdapters.map((adapter) => [adapter.id, adapter]));
const limits = { requestsPerSecond: 100, concurrency: 32, timeout: 15 };
const base = trialContext({ id: '1042', timeZone: 'America/Sao_Paulo' }, 'dialer');

type Feature = 'click2call' | 'recording' | 'dialerResults' | 'contactLoad';

async function read(
  feature: Feature,
  settings: object,
  bodies: readonly (string | { status: number; body: string })[],
  secrets: readonly string[] = [],
): Promise<TriedReply> {
  const connection = buildConnection(
    'dialer',
    { adapter: 'generic-http', settings: { baseUrl: 'https://pbx.example', ...settings }, limits },
    { adapters, lookup: maskedSecret },
  );
  if (!connection) throw new Error('the connection of the test cannot be made');
  const trial = await prepareTrial(connection, feature, sampleInput(feature), noCalls);
  const replies = bodies.map((reply) => ({
    status: 200,
    headers: {},
    ...(typeof reply === 'string' ? { body: reply } : reply),
  }));
  return tryReply(feature, base, trial, replies, secrets);
}

const calling = {
  click2call: {
    request: { method: 'POST', url: '/calls', body: { json: { to: '{{ phone }}' } } },
    outcome: [
      { when: 'status == 409', is: 'benign' },
      { when: 'reply.ok == false', is: 'refused', message: '{{ reply.text }}' },
    ],
    capture: { callId: '{{ reply.data.id }}', channel: '{{ reply.data.channel }}' },
  },
};

describe('the reading of a reply', () => {
  it('reads a recording as the operator of a made-up call', async () => {
    const tried = await read(
      'recording',
      {
        operators: { '1001': { login: 'ana' } },
        session: {
          per: 'operator',
          request: {
            method: 'POST',
            url: '/login',
            body: { form: { login: '{{ operator.login }}' } },
          },
          capture: { key: '{{ reply.key }}' },
        },
        recording: { request: { url: '/audio', headers: { 'X-Key': '{{ session.key }}' } } },
      },
      [{ status: 404, body: '{"erro":"sem gravacao"}' }],
    );
    expect(tried.error).toMatchObject({ code: 'not_found' });
  });

  it('names the rule that holds, and the values that it has read', async () => {
    const { steps, error } = await read('click2call', calling, [
      '{"ok":false,"text":"ramal ocupado"}',
    ]);
    expect(steps).toEqual([
      {
        kind: 'reply',
        place: 'click2call',
        status: 200,
        isReadable: true,
        value: { ok: false, text: 'ramal ocupado' },
      },
      {
        kind: 'rule',
        place: 'click2call.outcome.0',
        expression: 'status == 409',
        reads: [{ expression: 'status', value: 200 }],
        holds: false,
        is: 'benign',
      },
      {
        kind: 'rule',
        place: 'click2call.outcome.1',
        expression: 'reply.ok == false',
        reads: [{ expression: 'reply.ok', value: false }],
        holds: true,
        is: 'refused',
        message: 'ramal ocupado',
      },
    ]);
    expect(error).toMatchObject({ code: 'refused', vendor: { message: 'ramal ocupado' } });
  });

  it('shows what is captured, and a capture for which nothing was found', async () => {
    const { steps, result } = await read('click2call', calling, ['{"ok":true,"data":{"id":77}}']);
    expect(steps.slice(-3)).toEqual([
      { kind: 'status', place: 'click2call.outcome', status: 200 },
      {
        kind: 'value',
        place: 'click2call.capture.callId',
        expression: '{{ reply.data.id }}',
        reads: [{ expression: 'reply.data.id', value: 77 }],
        value: '77',
      },
      {
        kind: 'value',
        place: 'click2call.capture.channel',
        expression: '{{ reply.data.channel }}',
        reads: [{ expression: 'reply.data.channel' }],
        value: '',
      },
    ]);
    expect(result).toEqual({ callId: '77', captures: {} });
  });

  it('says that a body is not of the expected type', async () => {
    const { steps, error } = await read('click2call', calling, ['<html>login</html>']);
    expect(steps[0]).toMatchObject({ kind: 'reply', isReadable: false });
    expect(error?.code).toBe('unreadable_response');
  });

  it('shows neither secrets nor people, even if the reply repeats them', async () => {
    const tried = await read(
      'click2call',
      calling,
      [
        '{"ok":false,"text":"key k-123456 may not call 41999990001 of CPF 529.982.247-25","senha":"x1","nome":"Ana","fone":41988887777}',
      ],
      ['k-123456'],
    );
    const shown = JSON.stringify(tried) + describeReading(tried);
    expect(shown).not.toMatch(/k-123456|999990001|529\.982|"x1"|Ana|988887777/);
    expect(describeReading(tried)).toContain(
      'click2call.outcome.1: reply.ok == false holds, so it is refused\n    reply.ok = false',
    );
  });

  it('makes up the login, and takes the only reply as that of the feature', async () => {
    const { requests, result } = await read(
      'click2call',
      {
        headers: { 'X-Token': '{{ session.token }}' },
        session: {
          request: { method: 'POST', url: '/login' },
          capture: { token: '{{ reply.token }}' },
        },
        ...calling,
      },
      ['{"ok":true,"data":{"id":"c-1"}}'],
    );
    expect(requests).toMatchObject([{ method: 'POST', url: 'https://pbx.example/calls' }]);
    expect(result).toEqual({ callId: 'c-1', captures: {} });
  });

  it('takes the first of two replies as that of the login, and hides the token that it brings', async () => {
    const tried = await read(
      'click2call',
      {
        headers: { 'X-Id': '{{ session.key }}' },
        session: { request: { method: 'POST', url: '/login' }, capture: { key: '{{ reply.k }}' } },
        ...calling,
      },
      ['{"k":"abcdef-987"}', '{"ok":true,"data":{"id":"c-1"}}'],
    );
    expect(tried.requests.map(({ url }) => url)).toEqual([
      'https://pbx.example/login',
      'https://pbx.example/calls',
    ]);
    expect(JSON.stringify(tried)).not.toContain('abcdef-987');
  });

  it('does not wait if the connection would ask again after a pause', async () => {
    const startedAt = performance.now();
    const { further, steps } = await read(
      'click2call',
      {
        click2call: {
          ...calling.click2call,
          repeat: { until: 'reply.data.id', every: 30, atMost: 120 },
        },
      },
      ['{"ok":true,"data":{}}'],
    );
    expect(further).toBe('after a pause');
    expect(steps.at(-1)).toMatchObject({ place: 'click2call.repeat.until', value: '' });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('shows for each row what its fields have read, and the request for the next page', async () => {
    const { steps, further } = await read(
      'dialerResults',
      {
        dialerResults: {
          request: { url: '/report', query: { page: '{{ page }}' } },
          rows: 'reply.rows',
          pages: { more: 'page < reply.pages' },
          skip: 'row.s == "open"',
          fields: {
            number: '{{ row.n }}',
            at: '{{ row.d }}',
            status: '{{ row.s }}',
            contactId: '{{ row.c }}',
          },
          outcomes: { busy: 'busy' },
        },
      },
      [
        '{"pages":2,"rows":[{"n":"4133334444","d":"2026-01-15 09:00","s":"busy","c":"7001"},{"n":"1","d":"never","s":"x"},{"s":"open"}]}',
      ],
    );
    const rows = steps.filter((step) => step.kind === 'row');
    expect(rows.map(({ state, reason }) => ({ state, reason }))).toEqual([
      { state: 'attempt', reason: undefined },
      { state: 'unreadable', reason: 'its date cannot be read' },
      { state: 'skipped', reason: undefined },
    ]);
    expect(rows[0]?.fields).toContainEqual({
      name: 'contactId',
      expression: '{{ row.c }}',
      reads: [{ expression: 'row.c', value: '7001' }],
      value: '7001',
    });
    expect(further).toMatchObject({ url: 'https://pbx.example/report?page=2' });
  });

  it('is offered by the API, which sends nothing to the vendor', async () => {
    const host = await startTestHost();
    try {
      const before = host.vendor.requests.length;
      const ask = (body: unknown) => host.tenant('/connections/dialer/reply', { json: body });
      const read200 = await ask({ feature: 'click2call', replies: [{ body: '{"id":"c-5"}' }] });
      expect(await jsonOf(read200, AnyObject)).toMatchObject({
        ok: true,
        requests: [{ method: 'POST', headers: { authorization: '***' } }],
        result: { callId: 'c-5', captures: {} },
      });
      const refused = await ask({
        feature: 'click2call',
        replies: [{ status: 404, body: '{"error":{"message":"no such extension"}}' }],
      });
      expect(await jsonOf(refused, AnyObject)).toMatchObject({
        ok: false,
        error: { code: 'refused', vendor: { message: 'no such extension' } },
      });
      expect((await ask({ feature: 'click2call', replies: [] })).status).toBe(400);
      expect(host.vendor.requests.length).toBe(before);
      const openapi = await jsonOf(await host.ask('/openapi.json'), AnyObject);
      expect(JSON.stringify(openapi)).toContain('/connections/{connection}/reply');
    } finally {
      await host.stop();
    }
  });
});
