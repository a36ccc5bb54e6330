import { describe, expect, it } from 'vitest';
import { runFeature } from '../support/run-feature.ts';
import { dial, errorOf } from '../support/template-documents.ts';

const capturing = dial({}, { capture: { callId: '{{ reply.id }}', leg: '{{ reply.leg }}' } });

describe('click2call', () => {
  it('keeps all digits of a call id, and leaves empty captures out', async () => {
    const { result } = runFeature('click2call', capturing, {
      body: '\ufeff{"id":98765432109876543210,"other":1}',
    });
    expect(await result).toEqual({ callId: '98765432109876543210', captures: {} });
  });

  it('reads JSON even if its Content-Type is text/html', async () => {
    const { result } = runFeature('click2call', capturing, {
      headers: { 'content-type': 'text/html' },
      body: '{"id":7,"leg":"b"}',
    });
    expect(await result).toEqual({ callId: '7', captures: { leg: 'b' } });
  });

  it('reads the call id from a header, even if the body is not JSON', async () => {
    const settings = dial(
      {},
      { capture: { callId: '{{ header.Location | replace: "/calls/", "" }}' } },
    );
    const { result } = runFeature('click2call', settings, {
      status: 201,
      headers: { location: '/calls/c-9' },
      body: '<created/>',
    });
    expect(await result).toEqual({ callId: 'c-9', captures: {} });
  });

  it('reads the call id from the text of an answer that is not JSON', async () => {
    const callId = `{{ text | match: 'Uniqueid: ([0-9.]+)' }}`;
    const { result } = runFeature('click2call', dial({}, { capture: { callId } }), {
      body: 'Response: Success\r\nUniqueid: 1732451234.10\r\n',
    });
    expect(await result).toEqual({ callId: '1732451234.10', captures: {} });
  });

  it.each([
    ['HTML', '<html>Bad gateway</html>', 'unreadable_response'],
    ['half of an answer', '{"id":"', 'unreadable_response'],
    ['nothing', '', 'unreadable_response'],
    ['no id', '{"other":1}', 'unreadable_response'],
    ['100,000 levels', '['.repeat(100_000), 'response_too_large'],
  ])('is in doubt if status 200 comes with %s', async (_what, body, code) => {
    const error = await errorOf(runFeature('click2call', capturing, { body }).result);
    expect(error).toMatchObject({ code, delivery: 'unknown', vendor: { status: 200 } });
    expect(error.vendor?.excerpt?.length).toBeLessThanOrEqual(501);
  });

  it('is accepted without a call id if the document captures none', async () => {
    const { result } = runFeature('click2call', dial({}), { body: 'OK' });
    expect(await result).toEqual({ callId: null, captures: {} });
  });

  it.each([
    ['a value that is required', '{{ reply.id | required: "the id" }}', 'invalid_input'],
    ['a row that is missing', '{{ operator.prefix }}', 'invalid_input'],
    ['half of a character', '{{ reply.half | urlEncode }}', 'invalid_input'],
    ['JSON of 1000 levels in a text', '{{ reply.deep | parseJson }}', 'response_too_large'],
  ])('is in doubt, as it was sent, if reading its answer fails on %s', async (_what, id, code) => {
    const body = JSON.stringify({ half: '\ud800', deep: '['.repeat(1000) });
    const captured = runFeature('click2call', dial({}, { capture: { callId: id } }), { body });
    expect(await errorOf(captured.result)).toMatchObject({ code, delivery: 'unknown' });
    expect(captured.context.sent).toHaveLength(1);
    const when = `${id.slice(2, -2)} == "1"`;
    const judging = dial({}, { outcome: [{ when, is: 'refused' }] });
    expect(await errorOf(runFeature('click2call', judging, { body }).result)).toMatchObject({
      code,
      delivery: 'unknown',
    });
  });

  it('reads a missing parameter as empty once the request is sent', async () => {
    const settings = dial(
      {},
      {
        outcome: [{ when: 'status == 409', is: 'refused', message: 'busy{{ parameters.gone }}' }],
        capture: { callId: '{{ reply.id }}{{ parameters.gone | upper }}' },
      },
    );
    expect(await runFeature('click2call', settings, { body: '{"id":"c"}' }).result).toEqual({
      callId: 'c',
      captures: {},
    });
    expect(await errorOf(runFeature('click2call', settings, { status: 409 }).result)).toMatchObject(
      { code: 'refused', delivery: 'answered', vendor: { message: 'busy' } },
    );
  });
});
