import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FakeReply } from '../support/fake-context.ts';
import { runFeature } from '../support/run-feature.ts';
import { dial, errorOf } from '../support/template-documents.ts';

const failure = async (more: object, reply: FakeReply) =>
  errorOf(runFeature('click2call', dial({}, more), reply).result);

describe('a status without a rule', () => {
  it.each([200, 201, 202, 204])('%i is a success', async (status) => {
    const { result } = runFeature('click2call', dial({}), { status });
    expect(await result).toEqual({ callId: null, captures: {} });
  });

  it.each([
    [400, 'refused', false],
    [401, 'auth_failed', false],
    [403, 'auth_failed', false],
    [404, 'not_found', false],
    [408, 'unavailable', true],
    [409, 'refused', false],
    [422, 'refused', false],
    [429, 'rate_limited', true],
    [500, 'unavailable', true],
    [503, 'unavailable', true],
    // A gateway in front of the system may have got no answer from it: the call may have been placed.
    [502, 'network', true, 'unknown'],
    [504, 'timeout', true, 'unknown'],
    [302, 'unreadable_response', false, 'unknown'],
  ])('%i fails as %s', async (status, code, retryable, delivery = 'answered') => {
    expect(await failure({}, { status, body: 'words' })).toMatchObject({
      code,
      retryable,
      delivery,
      feature: 'click2call',
      vendor: { status, excerpt: 'words' },
    });
  });

  it('decides even if the answer cannot be read', async () => {
    expect((await failure({}, { status: 503, body: '['.repeat(100_000) })).code).toBe(
      'unavailable',
    );
  });
});

describe('an outcome rule', () => {
  it('can say what a gateway error means, so that the call is not in doubt', async () => {
    const outcome = [{ when: 'status == 502', is: 'temporary' }];
    const error = await failure({ outcome }, { status: 502 });
    expect(error).toMatchObject({ code: 'unavailable', delivery: 'answered' });
  });

  it.each(['ok', 'ok_empty', 'benign'])('with %s makes an error status a success', async (is) => {
    const { result } = runFeature(
      'click2call',
      dial({}, { outcome: [{ when: 'status == 409', is }] }),
      { status: 409 },
    );
    expect(await result).toEqual({ callId: null, captures: {} });
  });

  it.each([
    ['refused', 'refused'],
    ['auth', 'auth_failed'],
    ['rate_limited', 'rate_limited'],
    ['temporary', 'unavailable'],
    ['invalid_config', 'invalid_config'],
    ['not_found', 'not_found'],
    ['not_ready', 'not_ready'],
  ])('with %s fails the call as %s if no earlier rule holds', async (is, code) => {
    const outcome = [
      { when: 'reply.other', is: 'ok' },
      { when: 'reply.failed', is },
      { when: 'true', is: 'ok' },
    ];
    const error = await failure({ outcome }, { body: '{"failed":true}' });
    expect(error).toMatchObject({ code, delivery: 'answered', vendor: { status: 200 } });
  });

  it('can read the status, headers, and text that is not JSON', async () => {
    const outcome = [
      { when: 'status >= 400 and header.X-Reason == "full"', is: 'rate_limited' },
      { when: 'text matches "^ERR [0-9]+"', is: 'refused', message: '{{ text | truncate: 6 }}!' },
    ];
    expect(
      (await failure({ outcome }, { status: 400, headers: { 'x-reason': 'full' } })).code,
    ).toBe('rate_limited');
    expect((await failure({ outcome }, { body: 'ERR 17 no agent' })).vendor?.message).toBe(
      'ERR 17!',
    );
  });

  it('does not hold for a parameter that was not sent', async () => {
    const { result } = runFeature(
      'click2call',
      dial({}, { outcome: [{ when: 'parameters.strict', is: 'refused' }] }),
    );
    expect(await result).toEqual({ callId: null, captures: {} });
  });

  it('reads only what the answer itself has, and nothing inherited', async () => {
    const outcome = [
      { when: 'reply.__proto__ or reply.constructor or reply.toString', is: 'refused' },
    ];
    const { result } = runFeature('click2call', dial({}, { outcome }), { body: '{"id":"9"}' });
    expect(await result).toEqual({ callId: null, captures: {} });
    const own = await failure({ outcome }, { body: '{"__proto__":{"x":1}}' });
    expect(own.code).toBe('refused');
  });
});

describe("the vendor's words", () => {
  it.each([
    ['{"message":"m"}', 'm'],
    ['{"mensagem":"ramal ocupado"}', 'ramal ocupado'],
    ['{"error":{"message":"deep"}}', 'deep'],
    ['{"descStatus":"d"}', 'd'],
    ['{"other":"o"}', undefined],
    ['["a"]', undefined],
    ['null', undefined],
    ['plain', undefined],
    ['', undefined],
    ['{"message":""}', undefined],
  ])('are read from %s as %s', async (body, message) => {
    expect((await failure({}, { status: 400, body })).vendor?.message).toBe(message);
  });

  it('are cut to 500 characters', async () => {
    const error = await failure(
      {},
      { status: 400, body: JSON.stringify({ message: 'x'.repeat(2000) }) },
    );
    expect(error.vendor?.message).toBe(`${'x'.repeat(500)}…`);
    expect(error.vendor?.excerpt).toHaveLength(501);
  });

  it('are kept out of the message and hint, which go to logs', async () => {
    const error = await failure({}, { status: 400, body: '{"message":"Ana 529.982.247-25"}' });
    expect(`${error.message}${error.hint}`).not.toContain('Ana');
  });
});

describe('Retry-After', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-11-24T12:00:00Z'), toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    [429, '3', 3000],
    [503, ' 120 ', 120_000],
    [429, 'Tue, 24 Nov 2026 12:00:30 GMT', 30_000],
    [429, 'Tue, 24 Nov 2026 11:00:00 GMT', 0],
    [429, 'soon', undefined],
    [400, '3', undefined],
  ])('of status %i becomes a delay, or none: %j', async (status, header, retryAfterMs) => {
    const error = await failure({}, { status, headers: { 'retry-after': header } });
    expect(error.retryAfterMs).toBe(retryAfterMs);
  });
});
