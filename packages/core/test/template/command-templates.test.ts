import { describe, expect, it } from 'vitest';
import { runFeature } from '../support/run-feature.ts';
import { errorOf } from '../support/template-documents.ts';

describe('transfer', () => {
  const transfer = {
    request: {
      method: 'POST',
      url: 'https://pbx.example/calls/{{ callId }}/transfer',
      body: { form: { to: '{{ destination | phone: "e164" }}', key: '{{ attemptId }}' } },
    },
    outcome: [{ when: 'reply.result == "no call"', is: 'refused' }],
  };

  it.each([
    ['4133330000', '%2B554133330000'],
    ['2002', '2002'],
    ['fila-vip', 'fila-vip'],
  ])('to %s sends %s', async (destination, to) => {
    const { context, result } = runFeature('transfer', { transfer }, {}, { destination });
    expect(await result).toEqual({ status: 'accepted' });
    expect(context.sent[0]).toMatchObject({
      url: 'https://pbx.example/calls/c-1/transfer',
      body: `to=${to}&key=attempt-1`,
    });
  });

  it('is refused with the words of the vendor if a rule says so', async () => {
    const body = '{"result":"no call","message":"Ligação encerrada"}';
    const { result } = runFeature('transfer', { transfer }, { body });
    expect(await errorOf(result)).toMatchObject({
      code: 'refused',
      feature: 'transfer',
      vendor: { status: 200, message: 'Ligação encerrada', excerpt: body },
    });
  });
});

describe('contactClear', () => {
  const clear = (more: object = {}) => ({
    contactClear: {
      request: { method: 'DELETE', url: 'https://pbx.example/queues/{{ queue }}/contacts' },
      ...more,
    },
  });

  it.each([
    ['{"deleted":12}', { cleared: 12 }],
    ['{"deleted":"0"}', { cleared: 0 }],
    ['{"deleted":"all"}', {}],
    ['{}', {}],
    ['', {}],
  ])('returns the number of cleared contacts if the answer has one: %s', async (body, wanted) => {
    const settings = clear({ capture: { cleared: '{{ reply.deleted }}' } });
    const { context, result } = runFeature('contactClear', settings, { body });
    expect(await result).toEqual(wanted);
    expect(context.sent[0]?.method).toBe('DELETE');
  });

  it('of an empty queue succeeds on status 404 if a rule says so, and fails otherwise', async () => {
    const outcome = [{ when: 'status == 404', is: 'ok_empty' }];
    expect(await runFeature('contactClear', clear({ outcome }), { status: 404 }).result).toEqual(
      {},
    );
    expect(
      await errorOf(runFeature('contactClear', clear(), { status: 404 }).result),
    ).toMatchObject({ code: 'not_found' });
  });
});
