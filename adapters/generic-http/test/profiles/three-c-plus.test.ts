import { createTestContext } from '@finaz-telephony/testing';
import { startThreeCPlus, type ThreeCPlusOptions } from '@finaz-telephony/testing/simulators';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import {
  adapterOf,
  callTo,
  connect,
  contact,
  each,
  failureOf,
  feature,
  load,
  mailingIn,
  results,
  transferTo,
} from './support.ts';

const noon = Date.parse('2025-07-01T12:00:00-03:00');
const day = [new Date('2025-07-01T00:00:00-03:00'), new Date('2025-07-02T00:00:00-03:00')] as const;

const start = (options?: ThreeCPlusOptions, own: object = {}) =>
  connect(
    'three-c-plus',
    startThreeCPlus({ now: () => noon, ...options }),
    ({ url, token, state: { agents } }) => ({
      baseUrl: `${url}/api/v1`,
      variables: { token },
      operators: {
        '1001': { id: '77', token: agents[0]?.token },
        '1002': { id: '78', token: agents[1]?.token },
      },
      ...own,
    }),
  );

const numbered = (index: number) => `419${String(80_000_000 + index)}`;

describe('click2call', () => {
  test('sends extension and number as a form, and gives the call id of the answer', async () => {
    const { server, adapter } = await start();
    expect(
      await feature(adapter, 'click2call')(callTo('41999990001'), createTestContext()),
    ).toMatchObject({ callId: '66a1b2c3d4e5f60000001' });
    expect(server.journal[0]).toMatchObject({
      method: 'POST',
      target: '/api/v1/click2call',
      text: 'extension=1001&phone=41999990001',
    });
    expect(server.journal[0]?.headers.authorization).toBe(`Bearer ${server.token}`);
  });

  test('is accepted without a call id if the answer is 204 with an empty body', async () => {
    const { adapter } = await start({ tellsNoCallId: true });
    expect(
      await feature(adapter, 'click2call')(callTo('41999990001'), createTestContext()),
    ).toEqual({ callId: null, captures: {} });
  });

  test('is refused in the words of the vendor if the agent is busy', async () => {
    const { server, adapter } = await start();
    for (const agent of server.state.agents) agent.isIdle = false;
    const error = await failureOf(
      feature(adapter, 'click2call')(callTo('41999990001'), createTestContext()),
    );
    expect(error).toMatchObject({
      code: 'refused',
      vendor: { message: 'Os dados enviados são inválidos.' },
    });
  });
});

describe('transfer', () => {
  test('goes to the agent behind an extension, with the token of the operator who transfers', async () => {
    const { server, adapter } = await start();
    await feature(adapter, 'click2call')(callTo('41999990001'), createTestContext());
    expect(await feature(adapter, 'transfer')(transferTo('1002'), createTestContext())).toEqual({
      status: 'accepted',
    });
    expect(
      server.journal.slice(1).map(({ path, text, headers }) => [path, text, headers.authorization]),
    ).toEqual([
      ['/api/v1/agent/consult', 'consultedId=78', 'Bearer agente-1001-s3nha'],
      ['/api/v1/agent/consult/transfer', 'consultedId=78', 'Bearer agente-1001-s3nha'],
    ]);
    expect([...server.state.telephony.calls.values()][0]?.transferredTo).toBe('78');
  });

  test('with the service token of all agents names the agent who transfers: the vendor refuses it otherwise', async () => {
    const { server, adapter } = await start(undefined, {
      operators: {
        '1001': { id: '77', token: '3cs_agents-s3nha' },
        '1002': { id: '78', token: '3cs_agents-s3nha' },
      },
    });
    await feature(adapter, 'click2call')(callTo('41999990001', '1002'), createTestContext());
    const transfer = { ...transferTo('1001'), extension: '1002' };
    expect(await feature(adapter, 'transfer')(transfer, createTestContext())).toEqual({
      status: 'accepted',
    });
    expect(
      server.journal.slice(1).map(({ path, headers }) => [path, headers['x-agent-id']]),
    ).toEqual([
      ['/api/v1/agent/consult', '78'],
      ['/api/v1/agent/consult/transfer', '78'],
    ]);
    expect([...server.state.telephony.calls.values()][0]?.transferredTo).toBe('77');
    const nameless = await fetch(`${server.url}/api/v1/agent/consult`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${server.agentToken}` },
      body: new URLSearchParams({ consultedId: '77' }),
    });
    expect(nameless.status).toBe(401);
  });

  test('sends nothing if an operator has no agent id', async () => {
    const { server, adapter } = await start(undefined, {
      operators: { '1001': { token: '3cs_agents-s3nha' }, '1002': { id: '78' } },
    });
    const error = await failureOf(
      feature(adapter, 'transfer')(transferTo('1002'), createTestContext()),
    );
    expect(error).toMatchObject({ code: 'invalid_input', delivery: 'not_sent' });
    expect(server.journal).toEqual([]);
  });

  test('sends nothing if the operator has no entry in the settings, and says that the token is missing', async () => {
    const { server, adapter } = await start(undefined, { operators: {} });
    const error = await failureOf(
      feature(adapter, 'transfer')(transferTo('1002'), createTestContext()),
    );
    expect(error).toMatchObject({ code: 'invalid_input', delivery: 'not_sent' });
    expect(error.message).toContain('"token"');
    expect(server.journal).toEqual([]);
  });

  test('sends nothing if the destination is a number, and no agent', async () => {
    const { server, adapter } = await start();
    const error = await failureOf(
      feature(adapter, 'transfer')(transferTo('4133330000'), createTestContext()),
    );
    expect(error.delivery).toBe('not_sent');
    expect(server.journal).toEqual([]);
  });
});

test.each([false, true])('a recording is fetched by redirect: %s', async (recordingRedirects) => {
  const { server, adapter } = await start({ recordingRedirects });
  const { callId } = await feature(adapter, 'click2call')(
    callTo('41999990001'),
    createTestContext(),
  );
  const response = await feature(adapter, 'recording')(
    { callId: callId ?? '' },
    createTestContext(),
  );
  expect(Buffer.from(await response.arrayBuffer()).toString('latin1', 0, 4)).toBe('RIFF');
  expect(server.journal[1]?.target).toBe('/api/v1/calls/66a1b2c3d4e5f60000001/recording');
  expect(
    (await failureOf(feature(adapter, 'recording')({ callId: 'none' }, createTestContext()))).code,
  ).toBe('not_found');
});

const Items = v.array(v.object({ phone: v.string(), identifier: v.string(), data: v.object({}) }));

describe('mailings', () => {
  test('create a list first, send 650 phones in batches of at most 300, and then start dialing', async () => {
    const { server, adapter } = await start();
    const contacts = Array.from({ length: 130 }, (_, index) =>
      contact(`crm-${index}`, ...[0, 1, 2, 3, 4].map((phone) => numbered(index * 5 + phone))),
    );
    const { rejected, mailing } = await load(adapter, mailingIn('42'), contacts);
    expect(rejected).toEqual([]);
    expect(mailing.captures).toEqual({ listId: '901' });
    expect(
      server.journal.map(
        ({ method, path }) => `${method} ${path.replace('/api/v1/campaigns/42', '')}`,
      ),
    ).toEqual([
      'POST /lists',
      'PUT /lists/901/updateWeight',
      'POST /lists/901/mailing_sync.json',
      'POST /lists/901/mailing_sync.json',
      'POST /lists/901/mailing_sync.json',
      'PUT /lists/901/updateWeight',
    ]);
    const batches = server.journal.slice(2, 5).map(({ text }) => v.parse(Items, JSON.parse(text)));
    expect(batches.map(({ length }) => length)).toEqual([300, 300, 50]);
    expect(batches[0]?.[1]).toMatchObject({ phone: numbered(1), identifier: 'crm-0' });
    expect(server.state.lists[0]).toMatchObject({ name: 'Finaz m-0001', weight: 1 });
    expect(server.state.lists[0]?.items).toHaveLength(650);
  });

  test('reject a contact that the vendor silently dropped, and keep one with at least one phone that is new to the campaign', async () => {
    const { adapter } = await start();
    await load(adapter, mailingIn('42'), [
      contact('crm-1', numbered(1)),
      contact('crm-2', numbered(2)),
    ]);
    const { rejected } = await load(adapter, { ...mailingIn('42'), mailingId: 'm-0002' }, [
      contact('crm-1', numbered(1)),
      contact('crm-2', numbered(2), numbered(3)),
      contact('crm-3', numbered(4)),
    ]);
    expect(rejected).toEqual([
      { contactId: 'crm-1', vendor: { status: 200, message: 'duplicated' } },
    ]);
  });

  test('accept a batch that is answered with 204 alone', async () => {
    const { server, adapter } = await start(undefined, {
      contactLoad: {
        request: { url: '/campaigns/{{ queue }}/lists/{{ captures.listId }}/mailing.json' },
        rejected: null,
      },
    });
    const { results: batches } = await load(adapter, mailingIn('42'), [
      contact('crm-1', numbered(1)),
    ]);
    expect(batches).toMatchObject([{ rejected: [], vendor: { status: 204 } }]);
    expect(server.state.lists[0]?.items).toHaveLength(1);
  });

  test('are cleared of the phones of the previous load, by DELETE with a JSON body of at most 100 phones', async () => {
    const { server, adapter } = await start();
    const contacts = Array.from({ length: 75 }, (_, index) =>
      contact(`crm-${index}`, numbered(index * 2), numbered(index * 2 + 1)),
    );
    const { mailing } = await load(adapter, mailingIn('42'), contacts);
    const before = server.journal.length;
    await feature(adapter, 'contactClear')(
      { queue: '42', parameters: {}, previous: { mailing, contacts: () => each(contacts) } },
      createTestContext(),
    );
    const deleted = server.journal.slice(before);
    expect(
      deleted.map(({ method, path, headers }) => [method, path, headers['content-type']]),
    ).toEqual([
      ['DELETE', '/api/v1/campaigns/42/mailing/delete', 'application/json'],
      ['DELETE', '/api/v1/campaigns/42/mailing/delete', 'application/json'],
    ]);
    expect(
      deleted.map(
        ({ text }) =>
          v.parse(v.object({ phone: v.array(v.string()) }), JSON.parse(text)).phone.length,
      ),
    ).toEqual([100, 50]);
    expect(server.state.lists[0]?.items).toEqual([]);
  });

  test('are cleared phone by phone from every list of the campaign: the vendor cannot clear one list alone', async () => {
    const { server, adapter } = await start();
    const { state } = server;
    const { mailing } = await load(adapter, mailingIn('42'), [contact('crm-1', numbered(1))]);
    const item = (phone: string) => ({ phone, identifier: 'by hand', data: {} });
    state.addList('42', 'by hand').items = [numbered(1), numbered(2)].map(item);
    await feature(adapter, 'contactClear')(
      {
        queue: '42',
        parameters: {},
        previous: { mailing, contacts: () => each([contact('crm-1', numbered(1))]) },
      },
      createTestContext(),
    );
    expect(state.lists.map(({ items }) => items.map(({ phone }) => phone))).toEqual([
      [],
      [numbered(2)],
    ]);
  });

  test('are cleared without a request if nothing was loaded before, so that lists of others stay', async () => {
    const { server, adapter } = await start();
    await feature(adapter, 'contactClear')({ queue: '42', parameters: {} }, createTestContext());
    expect(server.journal).toEqual([]);
  });

  test.each(['iso-8859-1', 'utf-8'] as const)(
    'are loaded as a file in %s, with ";", quotes where needed and CRLF, and the vendor reads the same text',
    async (charset) => {
      const { server, adapter } = await start(undefined, byFile(charset));
      const people = [
        { ...contact('crm-1', numbered(1)), name: 'João "Zé" Conceição; filho' },
        { ...contact('crm-2', numbered(2)), name: 'Antônia Ñáéç' },
      ];
      const { results: files } = await load(adapter, mailingIn('42'), people);
      expect(files).toMatchObject([{ rejected: [], captures: { fileName: 'mailing-42-1.csv' } }]);
      expect(
        server.state.lists[0]?.items.map(({ identifier, phone, data }) => [
          identifier,
          phone,
          data['nome'],
        ]),
      ).toEqual([
        ['crm-1', numbered(1), 'João "Zé" Conceição; filho'],
        ['crm-2', numbered(2), 'Antônia Ñáéç'],
      ]);
      const written = `crm-1;${numbered(1)};"João ""Zé"" Conceição; filho"\r\ncrm-2;${numbered(2)};Antônia Ñáéç\r\n`;
      expect(
        server.journal[0]?.body.includes(
          Buffer.from(written, charset === 'utf-8' ? 'utf8' : 'latin1'),
        ),
      ).toBe(true);
    },
  );
});

/** The vendor's other way to load, in two steps: a file, then the names of its columns. */
const byFile = (charset: string) => ({
  contactLoad: {
    unit: 'file',
    rejected: null,
    prepare: null,
    deactivate: null,
    request: { url: '/campaigns/{{ queue }}/mailing', body: null },
    file: {
      columns: [
        { value: '{{ contactId }}' },
        { value: '{{ areaCode1 }}{{ number1 }}' },
        { value: '{{ name }}' },
      ],
      charset,
      field: 'mailing',
      fields: { delimiter: ';', has_header: 'false' },
      contentType: `text/csv; charset=${charset}`,
    },
    capture: { fileName: '{{ reply.file_name }}' },
    activate: [
      {
        request: {
          method: 'POST',
          url: '/campaigns/{{ queue }}/lists',
          body: {
            form: {
              file_name: '{{ captures.fileName }}',
              name: 'Finaz',
              'header[]': ['identifier', 'areacodephone', 'nome'],
            },
          },
        },
      },
    ],
  },
});

test('results are read up to total_pages, with status 8 judged by its cause, and no agent for "-" and 0', async () => {
  const { server, adapter } = await start(undefined, {
    dialerResults: { pages: { size: 3 } },
  });
  const endings = ['01', '10', '20', '30', '40', '50', '60', '02'];
  await load(
    adapter,
    mailingIn('42'),
    endings.map((ending, index) => contact(`crm-${index}`, `419999900${ending}`)),
  );
  server.dial('42');
  const { attempts, unreadable } = await results(adapter, mailingIn('42'), ...day);
  expect(unreadable).toEqual([]);
  expect(
    attempts.map(({ contactId, outcome, extension }) => [contactId, outcome, extension]),
  ).toEqual([
    ['crm-0', 'answered', '1001'],
    ['crm-1', 'busy', undefined],
    ['crm-2', 'no_answer', undefined],
    ['crm-3', 'invalid_number', undefined],
    ['crm-4', 'voicemail', undefined],
    ['crm-5', 'rejected', undefined],
    ['crm-6', 'failed', undefined],
    ['crm-7', 'answered', '1002'],
  ]);
  expect(attempts[0]).toMatchObject({
    areaCode: '41',
    number: '999990001',
    at: '2025-07-01T15:00:00.000Z',
    vendorStatus: '7/16/Finalizada',
    duration: 42,
  });
  expect(
    server.journal.filter(({ method }) => method === 'GET').map(({ query }) => query.get('page')),
  ).toEqual(['1', '2', '3']);
  expect(server.journal.at(-1)?.target).toBe(
    '/api/v1/calls?start_date=2025-07-01%2000%3A00%3A00&end_date=2025-07-02%2000%3A00%3A00&per_page=3&page=3&with_mailing=true&campaigns%5B%5D=42',
  );
});

test('results recognize voicemail in any language and calls that no carrier took, and leave out calls that are live or between agents', async () => {
  const { server, adapter } = await start();
  const row = (status_id: number | string, hangup_cause: number, more: object = {}) => ({
    id: `66a1b2c3d4e5f6000000${status_id}-${hangup_cause}`,
    number: '41999990001',
    call_date_rfc3339: '2025-07-01T12:00:00-03:00',
    status_id,
    hangup_cause,
    ...more,
  });
  const data = [
    row(7, 16, { is_transferred: true }),
    row(7, 16, { is_transfer: true }),
    row('9', 16, { readable_status_text: 'Voicemail' }),
    row(15, 16),
    row(8, 1),
    row(8, 17),
    row(8, 41),
    row('8', 487),
    row(1, 0),
    row('12', 16),
    row(13, 16),
    row(7, 16, { is_consult: 1 }),
  ];
  server.answerNext({
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ data, meta: { pagination: { total_pages: 1 } } }),
  });
  const { attempts, unreadable } = await results(adapter, mailingIn('42'), ...day);
  expect(unreadable).toEqual([]);
  expect(attempts.map(({ vendorStatus, outcome }) => [vendorStatus, outcome])).toEqual([
    ['7/16/', 'answered'],
    ['9/16/Voicemail', 'voicemail'],
    ['15/16/', 'voicemail'],
    ['8/1/', 'invalid_number'],
    ['8/17/', 'busy'],
    ['8/41/', 'failed'],
    ['8/487/', 'failed'],
  ]);
});

test('results that give no number of pages are read until a page is empty', async () => {
  const { server, adapter } = await start(
    { tellsNoTotal: true },
    { dialerResults: { pages: { size: 2 } } },
  );
  const contacts = ['01', '10', '20', '30'].map((ending) => contact(ending, `419999900${ending}`));
  await load(adapter, mailingIn('42'), contacts);
  server.dial('42');
  const { attempts } = await results(adapter, mailingIn('42'), ...day);
  expect(attempts.map(({ contactId }) => contactId)).toEqual(['01', '10', '20', '30']);
  const pages = server.journal.map(({ query }) => query.get('page'));
  expect(pages.slice(-3)).toEqual(['1', '2', '3']);
});

test('credentials are checked by reading calls, and a wrong token is auth_failed', async () => {
  const { server, adapter } = await start();
  await adapter.checkCredentials?.(createTestContext());
  expect(server.journal.map(({ method, path }) => [method, path])).toEqual([
    ['GET', '/api/v1/calls'],
  ]);
  const wrong = adapterOf('three-c-plus', {
    baseUrl: `${server.url}/api/v1`,
    variables: { token: 'wrong' },
  });
  expect(
    (await failureOf(wrong.checkCredentials?.(createTestContext()) ?? Promise.resolve())).code,
  ).toBe('auth_failed');
});
