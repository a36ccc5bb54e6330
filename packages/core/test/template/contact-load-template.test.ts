import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { TelephonyError, type Contact } from '../../src/index.ts';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import { fakeContext, type FakeReply } from '../support/fake-context.ts';
import { runOperation } from '../support/run-feature.ts';
import { errorOf, issuesOf } from '../support/template-documents.ts';

const contact: Contact = {
  contactId: '7001',
  name: 'Ana "Aninha" D\'Ávila; Filha',
  cpf: '012.345.678-90',
  phones: [
    { areaCode: '41', number: '999998888' },
    { areaCode: '11', number: '33330000' },
  ],
  parameters: { debt: 10.5, plan: 'gold' },
};

const request = {
  method: 'POST',
  url: 'https://pbx.example/mailings/{{ mailingId }}',
  body: {
    json: {
      id: '{{ contactId }}',
      name: '{{ name }}',
      cpf: '{{ cpf | digits }}',
      phones: ['{{ areaCode1 }}{{ number1 }}', '{{ areaCode2 }}{{ number2 }}', '{{ number3 }}'],
      debt: '{{ parameters.debt }}',
      plan: '{{ parameters.plan }}',
    },
  },
};

async function load(
  more: object,
  reply: FakeReply | readonly FakeReply[] = {},
  given: Contact = contact,
) {
  const { contactLoad } = createTemplateAdapter(
    v.parse(TemplateSettingsSchema, { contactLoad: { request, ...more } }),
  ).features;
  if (!contactLoad) throw new Error('no contactLoad feature');
  const context = fakeContext(reply);
  const contacts = async function* () {
    yield given;
  };
  const result = await contactLoad.send(
    {
      mailing: { queue: '7', mailingId: 'm-1', parameters: { plan: 'basic' }, captures: {} },
      contacts: contacts(),
    },
    context,
  );
  return { contactLoad, context, result };
}

describe('contactLoad', () => {
  it('sends one contact, whose own parameters override those of the mailing', async () => {
    const { contactLoad, context, result } = await load({});
    expect([contactLoad.unit, contactLoad.repeatable]).toEqual(['contact', false]);
    expect(result).toEqual({ rejected: [] });
    expect(context.sent[0]?.url).toBe('https://pbx.example/mailings/m-1');
    expect(JSON.parse(context.sent[0]?.body ?? '')).toEqual({
      id: '7001',
      name: contact.name,
      cpf: '01234567890',
      phones: ['41999998888', '1133330000', null],
      debt: 10.5,
      plan: 'gold',
    });
  });

  it.each([
    [['{{ phone1 }}', '{{ areaCode2 }}{{ number2 }}'], 2],
    [['{{ phones[0].national }}', '{{ phones[2].national }}'], 3],
    [['{{ phone1 }}', '{{ phones | map: "national" | join: "," }}'], undefined],
    [['{{ phones[-1].national }}'], undefined],
    [['{{ contactId }}'], undefined],
  ])('sets mostPhones to the highest phone that a request names: %j', async (texts, room) => {
    const body = { json: { phones: texts } };
    const { contactLoad } = await load({ request: { ...request, body } });
    expect(contactLoad.mostPhones).toBe(room);
  });

  it.each([
    [{ a: '{{ item.phone1 }}', b: '{{ item.areaCode2 }}{{ item.number2 }}' }, {}, 2],
    [{ a: '{{ item.phones[0].national }}' }, {}, 1],
    [{ a: '{{ item.phones | map: "national" | join: "," }}' }, {}, undefined],
    [
      { a: '{{ item.phone1 }}', more: { $each: 'item.phones', $item: '{{ item.phone }}' } },
      {},
      undefined,
    ],
    [{ a: '{{ item.areaCode }}{{ item.number }}' }, { count: 'phones' }, undefined],
    [{ a: '{{ item.contactId }}' }, {}, undefined],
  ])('sets mostPhones to the highest phone that an item names: %j', async ($item, more, room) => {
    for (const body of [
      { json: { rows: { $each: 'items', $item } } },
      {
        text: [
          {
            $each: 'items',
            $item: Object.values($item)
              .map((part) => (typeof part === 'string' ? part : '{{ item.phones | size }}'))
              .join(';'),
          },
        ],
      },
    ]) {
      const batch = { unit: 'batch', request: { ...request, body }, ...more };
      expect((await load(batch)).contactLoad.mostPhones).toBe(room);
    }
  });

  it('is repeatable if the document says so', async () => {
    expect((await load({ repeatable: true })).contactLoad.repeatable).toBe(true);
  });

  it('reports a refused contact as rejected, with the words of the vendor', async () => {
    const reply = { status: 422, body: '{"message":"no phone"}' };
    expect((await load({}, reply)).result).toEqual({
      rejected: [
        {
          contactId: '7001',
          vendor: { status: 422, message: 'no phone', excerpt: '{"message":"no phone"}' },
        },
      ],
    });
  });

  it('reports the contact that an XML answer to a batch names as rejected', async () => {
    const body = '<r><erro id="7001">telefone inv&#225;lido</erro></r>';
    const rejected = {
      rows: 'reply.r.erro',
      contactId: '{{ row["@id"] }}',
      message: '{{ row["#text"] }}',
    };
    const batch = {
      unit: 'batch',
      request: { ...request, body: { text: 'x' } },
      read: { as: 'xml' },
      rejected,
    };
    expect((await load(batch, { body })).result).toMatchObject({
      rejected: [{ contactId: '7001', vendor: { status: 200, message: 'telefone inválido' } }],
    });
  });

  const told = {
    unit: 'batch',
    request: { ...request, body: { text: 'x' } },
    rejected: { rows: 'reply.errors', contactId: '{{ row.id }}' },
    taken: '{{ reply.taken }}',
  };

  it.each([
    ['an error page', '<html>maintenance</html>'],
    ['a sentence', 'Sistema em manutenção'],
    ['an object in place of the list', '{"errors":{"7001":"invalid"}}'],
  ])('leaves a batch in doubt that is answered by %s', async (_, body) => {
    expect(await errorOf(load(told, { body }))).toMatchObject({
      code: 'unreadable_response',
      feature: 'contactLoad',
      delivery: 'unknown',
    });
  });

  it.each([
    ['leaves the list out', '{"taken":1}', 1],
    ['answers nothing', '', undefined],
    ['does not give the number taken', '{"errors":[]}', undefined],
    ['gives a blank as the number taken', '{"errors":null,"taken":" "}', undefined],
  ])('counts no contact of a batch as rejected if the system %s', async (_, body, taken) => {
    const { result } = await load(told, { body });
    expect([result.rejected, result.taken]).toEqual([[], taken]);
  });

  it.each([
    [
      { rejected: told.rejected },
      'rejected: is for unit "batch" or "file"; for one contact at a time, use a rule',
    ],
    [{ taken: '{{ reply.n }}', unit: 'phone' }, 'taken: is for unit "batch" or "file"'],
    [{ file: { line: 'ID' } }, 'file: is for unit "file"'],
  ])('reports settings that would do nothing with their unit: %j', (more, complaint) => {
    expect(issuesOf({ contactLoad: { request, ...more } })).toEqual([
      expect.stringContaining(`contactLoad.${complaint}`),
    ]);
  });

  it('reports a batch that is counted by phones and too small for the five phones of one contact', () => {
    const batch = { unit: 'batch', request: told.request };
    const faultsOf = (more: object) => issuesOf({ contactLoad: { ...batch, ...more } });
    expect(faultsOf({ count: 'phones', size: 4 })).toEqual([
      'contactLoad.size: must be 5 or more: the phones of a contact go in one request',
    ]);
    expect(faultsOf({ count: 'phones', size: 5 })).toEqual([]);
    expect(faultsOf({ size: 4 })).toEqual([]);
  });

  it('reports braces in the names of a file, and fields beside a file that has no name of its own', () => {
    const braces = 'is a name, and is sent as it is written; {{ }} stands in values alone';
    const faultsOf = (file: object) =>
      issuesOf({ contactLoad: { request: { ...request, body: undefined }, unit: 'file', file } });
    const columns = [{ name: '{{ queue }}', value: '{{ contactId }}' }];
    expect(
      faultsOf({ columns, header: true, field: '{{ queue }}', fields: { '{{ queue }}': '7' } }),
    ).toEqual([
      `contactLoad.file.field: ${braces}`,
      `contactLoad.file.fields.{{ queue }}: ${braces}`,
      `contactLoad.file.columns.0.name: ${braces}`,
    ]);
    expect(faultsOf({ columns, fields: { campaign: '{{ queue }}' } })).toEqual([
      'contactLoad.file.fields: are sent beside the part that is the file; "field", its name, is missing',
    ]);
  });

  it.each([
    [{ line: 'ID;DDD1Telefone1' }, '7001;41999998888\r\n'],
    [{ line: 'ID|DDD1Telefone1' }, '7001|41999998888\r\n'],
    [{ line: 'ID;DDD1Telefone1', delimiter: ',' }, '7001,41999998888\r\n'],
    [{ line: 'ID;DDD1Telefone1', delimiter: '||' }, '7001||41999998888\r\n'],
    [
      { columns: [{ value: '{{ contactId }}' }, { value: '{{ phone1 }}' }] },
      '7001;+5541999998888\r\n',
    ],
  ])('separates the cells of a file as the document says: %j', async (file, body) => {
    const { context } = await load({
      unit: 'file',
      request: { ...request, body: undefined },
      file,
    });
    expect(context.sent[0]?.body).toBe(body);
  });

  it.each(['contacts', 'phones'])(
    'passes on rejections with an unknown contact id, or without one (counted by %s)',
    async (count) => {
      const body = '{"errors":[{"id":"07001"},{"error":"invalid"}]}';
      const { result } = await load({ ...told, count }, { body });
      expect(result.rejected.map(({ contactId }) => contactId)).toEqual(['07001', '']);
    },
  );

  it('recognizes the contact id of a rejection with blanks around it', async () => {
    const { result } = await load(told, { body: '{"errors":[{"id":" 7001 "}]}' });
    expect(result.rejected.map(({ contactId }) => contactId)).toEqual([contact.contactId]);
  });

  it('keeps what the document captures from the answer to a batch', async () => {
    const { result } = await load(
      { ...told, capture: { job: '{{ reply.job }}' } },
      { body: '{"job":"j-9"}' },
    );
    expect(result.captures).toEqual({ job: 'j-9' });
  });

  it.each([
    [1, []],
    [2, [contact.contactId]],
  ])(
    'with %i of the two phones of a contact rejected, reports the rejected contacts %j',
    async (count, rejected) => {
      const errors = Array.from({ length: count }, () => ({ id: contact.contactId }));
      const { result } = await load(
        { ...told, count: 'phones' },
        { body: JSON.stringify({ errors }) },
      );
      expect(result.rejected.map(({ contactId }) => contactId)).toEqual(rejected);
    },
  );

  it('rejects a contact only if the telephone system refuses all of its phones', async () => {
    const byPhone = { unit: 'phone', request: { ...request, body: { text: '{{ phone }}' } } };
    const no: FakeReply = { status: 422 };
    for (const replies of [
      [no, {}],
      [{}, no],
    ])
      expect((await load(byPhone, replies)).result.rejected).toEqual([]);
    const none = await load(byPhone, [no, no]);
    expect(none.result.rejected).toMatchObject([{ contactId: contact.contactId }]);
    expect(none.context.sent.length).toBeGreaterThan(1);
  });

  it('leaves a contact in doubt if its second phone cannot be sent, because its first phone is already loaded', async () => {
    const error = new TelephonyError({
      code: 'network',
      message: 'There is no connection.',
      delivery: 'not_sent',
    });
    const byPhone = { unit: 'phone', request: { ...request, body: { text: '{{ phone }}' } } };
    expect(await errorOf(load(byPhone, [{}, { error }]))).toMatchObject({ delivery: 'unknown' });
    expect(await errorOf(load(byPhone, [{ error }]))).toMatchObject({ delivery: 'not_sent' });
  });

  it('leaves a contact in doubt if the status is a success, but the answer cannot be read', async () => {
    const capture = { id: '{{ reply.id }}' };
    expect(await errorOf(load({ capture }, { body: '<html>' }))).toMatchObject({
      code: 'unreadable_response',
      delivery: 'unknown',
    });
  });

  it('counts a contact that is already there as loaded if a rule says "benign"', async () => {
    const outcome = [{ when: 'status == 409', is: 'benign' }];
    expect((await load({ outcome }, { status: 409 })).result).toEqual({ rejected: [] });
  });

  it.each([
    [401, 'auth_failed'],
    [429, 'rate_limited'],
    [500, 'unavailable'],
  ])('fails as a whole, and rejects no contact, on status %i', async (status, code) => {
    expect(await errorOf(load({}, { status }))).toMatchObject({ code, feature: 'contactLoad' });
  });

  it('fails before sending if neither the contact nor the mailing has a parameter of the request', async () => {
    const { parameters: _parameters, ...plain } = contact;
    expect(await errorOf(load({}, {}, plain))).toMatchObject({
      code: 'invalid_input',
      delivery: 'not_sent',
      message: 'The value of {{ parameters.debt }} was not sent.',
    });
  });
});

describe('contacts that the connection cannot write', () => {
  const people = [
    { ...contact, contactId: 'c-1' },
    { ...contact, contactId: 'c-2', cpf: '' },
    { ...contact, contactId: 'c-3', phones: [] },
  ];
  const refused = {
    contactId: 'c-2',
    vendor: {},
    reason: 'The connection does not know the CPF.',
  };
  const cpf = '{{ cpf | required: "the CPF" }}';
  const item = { id: '{{ item.contactId }}', cpf: '{{ item.cpf | required: "the CPF" }}' };
  const inJson = {
    json: {
      ids: { $each: 'items', $item: '{{ item.contactId }}' },
      all: { $each: 'items', $item: item },
    },
  };
  const inText = {
    text: [
      'ids:',
      { $each: 'items', $item: '{{ item.contactId }}={{ item.cpf | required: "the CPF" }}' },
    ],
  };
  const batchOf = (body: object) => ({ unit: 'batch', request: { ...request, body } });
  const post = { method: 'POST', url: 'https://pbx.example/x' };
  const fileOf = (file: object) => ({
    unit: 'file',
    request: post,
    file: { columns: [{ value: '{{ contactId }}' }, { value: cpf }], ...file },
  });

  async function loadAll(
    settings: object,
    contacts: readonly Contact[] = people,
    reply: FakeReply | readonly FakeReply[] = {},
    context = fakeContext(reply),
  ) {
    const { contactLoad } = createTemplateAdapter(
      v.parse(TemplateSettingsSchema, { contactLoad: settings }),
    ).features;
    const mailing = { queue: '7', mailingId: 'm-1', parameters: {}, captures: {} };
    const all = {
      async *[Symbol.asyncIterator]() {
        yield* contacts;
      },
    };
    return { context, result: contactLoad?.send({ mailing, contacts: all }, context) };
  }

  it.each([
    ['a batch in JSON', batchOf(inJson)],
    ['a batch in a text', batchOf(inText)],
    ['a file', fileOf({})],
    ['a file with its length', fileOf({ sized: true })],
    ['a file in a form', fileOf({ field: 'arquivo' })],
  ])('are left out of %s, and rejected with the reason; the others go', async (_what, settings) => {
    const { context, result } = await loadAll(settings);
    expect(await result).toMatchObject({ rejected: [refused] });
    expect(context.sent).toHaveLength(1);
    const [sent] = context.sent;
    expect(sent?.body.match(/c-\d/g)).toEqual(expect.arrayContaining(['c-1', 'c-3']));
    expect(sent?.body).not.toContain('c-2');
  });

  it('are left out after the steps before a batch, which are not sent again', async () => {
    const steps = [{ request: post, capture: { list: '{{ reply.id }}' } }];
    const settings = { ...batchOf(inJson), steps };
    const { context, result } = await loadAll(settings, people, { body: '{"id":"l-1"}' });
    expect(await result).toMatchObject({ rejected: [refused], captures: { list: 'l-1' } });
    expect(context.sent).toHaveLength(2);
  });

  it('are left out of the step that carries a batch', async () => {
    const steps = [{ request: { ...post, body: inJson } }];
    const settings = { unit: 'batch', steps, request: { url: 'https://pbx.example/job' } };
    const { context, result } = await loadAll(settings);
    expect(await result).toMatchObject({ rejected: [refused] });
    expect(context.sent).toHaveLength(2);
    expect(context.sent[0]?.body).toContain('"ids":["c-1","c-3"]');
  });

  it.each([
    ['a batch', batchOf(inJson)],
    ['a file', fileOf({})],
    ['a file with its length', fileOf({ sized: true })],
    ['a file in a form', fileOf({ field: 'arquivo' })],
  ])('are rejected, and nothing is sent, if %s has no other', async (_what, settings) => {
    const nameless = people.map((person) => ({ ...person, cpf: '' }));
    const { context, result } = await loadAll(settings, nameless);
    expect(await result).toEqual({
      rejected: people.map(({ contactId }) => ({ ...refused, contactId })),
    });
    expect(context.sent).toEqual([]);
  });

  it.each([
    ['a batch', (text: string) => batchOf({ json: { $each: 'items', $item: text } })],
    ['a file', (text: string) => fileOf({ columns: [{ value: text }] })],
  ])('are all held back from %s if the settings are at fault', async (_what, settingsOf) => {
    const { context, result } = await loadAll(settingsOf('{{ "a" | hmac: "" }}'));
    expect(await errorOf(Promise.resolve(result))).toMatchObject({
      code: 'invalid_config',
      delivery: 'not_sent',
    });
    expect(context.sent).toEqual([]);
  });

  it('are all held back if the settings cannot write what goes with them in a form', async () => {
    let asked = 0;
    const fetch = () => {
      asked += 1;
      return Promise.resolve(new Response('{}'));
    };
    const file = fileOf({ field: 'arquivo', fields: { fila: '{{ queueSettings.code }}' } });
    const { result } = await loadAll(file, people, {}, { ...fakeContext(), fetch });
    expect(await errorOf(Promise.resolve(result))).toMatchObject({
      code: 'invalid_config',
      delivery: 'not_sent',
    });
    expect(asked).toBe(0);
  });

  it.each([
    ['a batch', batchOf(inJson)],
    ['a file', fileOf({})],
  ])('leave what the steps captured, if %s has no other', async (_what, settings) => {
    const steps = [{ request: post, capture: { list: '{{ reply.id }}' } }];
    const nameless = people.map((person) => ({ ...person, cpf: '' }));
    const { result } = await loadAll({ ...settings, steps }, nameless, { body: '{"id":"l-1"}' });
    expect(await result).toMatchObject({ captures: { list: 'l-1' } });
  });

  it('are left out of the step that carries a batch, after another that is not sent again', async () => {
    const steps = [
      { request: post, capture: { list: '{{ reply.id }}' } },
      { request: { ...post, body: inJson } },
    ];
    const settings = { unit: 'batch', steps, request: { url: 'https://pbx.example/job' } };
    const { context, result } = await loadAll(settings, people, { body: '{"id":"l-1"}' });
    expect(await result).toMatchObject({ rejected: [refused], captures: { list: 'l-1' } });
    expect(context.sent).toHaveLength(3);
    expect(context.sent[1]?.body).toContain('"ids":["c-1","c-3"]');
  });

  it('of a batch whose answer cannot be read are not sent again', async () => {
    const rejected = { rows: 'reply.errors', contactId: '{{ row.id | required: "the id" }}' };
    const settings = { ...batchOf(inJson), rejected };
    const reply = { body: '{"errors":[{}]}' };
    const { context, result } = await loadAll(settings, people, reply);
    expect(await errorOf(Promise.resolve(result))).toMatchObject({ delivery: 'unknown' });
    expect(context.sent).toHaveLength(1);
  });

  describe('by phone', () => {
    const phones = ['999998888', '33330000', '988887777'].map((number) => ({
      areaCode: '41',
      number,
    }));
    const onlyMobile = 'match: "^9.*" | required: "a mobile"';
    const reason = 'The connection does not know a mobile.';
    const [mobile, landline, other] = phones;
    const mixed = [
      { ...contact, contactId: 'c-1', phones: [landline, mobile].flatMap((one) => one ?? []) },
      { ...contact, contactId: 'c-2', phones: [landline].flatMap((one) => one ?? []) },
      { ...contact, contactId: 'c-3', phones: [other].flatMap((one) => one ?? []) },
    ];

    it.each([
      [
        'a batch',
        {
          ...batchOf({ json: { $each: 'items', $item: `{{ item.number | ${onlyMobile} }}` } }),
          count: 'phones',
        },
      ],
      ['a file', fileOf({ per: 'phone', columns: [{ value: `{{ number | ${onlyMobile} }}` }] })],
    ])('are rejected only if no phone can be written: %s', async (_what, settings) => {
      const { context, result } = await loadAll(settings, mixed);
      expect(await result).toMatchObject({ rejected: [{ contactId: 'c-2', reason }] });
      expect(context.sent[0]?.body.match(/\d+/g)).toEqual(['999998888', '988887777']);
    });

    it('are rejected only if no phone can be written: one by one', async () => {
      const body = { text: `{{ number | ${onlyMobile} }}` };
      const settings = { unit: 'phone', request: { ...post, body } };
      for (const [index, bodies] of [['999998888'], [], ['988887777']].entries()) {
        const { context, result } = await loadAll(settings, mixed.slice(index, index + 1));
        expect(await result).toMatchObject({
          rejected: bodies.length > 0 ? [] : [{ contactId: 'c-2', reason }],
        });
        expect(context.sent.map((sent) => sent.body)).toEqual(bodies);
      }
    });
  });
});

describe('contactLoad.find', () => {
  const delimited = { as: 'delimited', header: true };
  const found = (answer: FakeReply, more: object = {}) =>
    runOperation(
      'find',
      {
        contactLoad: {
          request,
          find: {
            request: { url: 'https://pbx.example/search' },
            rows: 'reply.found',
            contactId: '{{ row.ref }}',
            ...more,
          },
        },
      },
      answer,
    ).result;

  it('finds no contact if the list is empty', async () => {
    expect(await found({ body: '{"found":[]}' })).toEqual([]);
    expect(await found({ body: 'ref\n' }, { rows: 'reply', read: delimited })).toEqual([]);
  });

  it('finds no contact in a sentence that a rule calls "ok_empty"', async () => {
    const outcome = [{ when: 'text contains "none"', is: 'ok_empty' }];
    expect(await found({ body: 'none found' }, { outcome })).toEqual([]);
  });

  it.each([
    ['an answer of another kind', { body: '{"error":"maintenance"}' }, {}],
    ['an error page', { body: '<html>maintenance</html>' }, {}],
    [
      'an error page whose rows are filtered',
      { body: '<html>maintenance</html>' },
      { rows: 'reply.found | where: "type", "LEAD"' },
    ],
    ['an empty answer', { body: '' }, { rows: 'reply', read: delimited }],
    ['a sentence instead of rows', { body: 'maintenance' }, { rows: 'reply', read: delimited }],
    [
      'a sentence that is neither JSON nor rows',
      { body: 'maintenance' },
      { rows: 'reply', read: [{ as: 'json' }, delimited] },
    ],
    [
      'a sentence without a match',
      { body: 'maintenance' },
      { rows: 'reply', read: { as: 'regex', all: true, pattern: 'ref=(?P<ref>[0-9]+)' } },
    ],
    [
      'a sentence without a record',
      { body: 'maintenance' },
      { rows: 'reply', read: { as: 'pairs', record: '^LEAD' } },
    ],
  ])('fails on %s: all contacts would otherwise be sent again', async (_, answer, more) => {
    expect(await errorOf(found(answer, more))).toMatchObject({
      code: 'unreadable_response',
      feature: 'contactLoad',
    });
  });
});

describe('a file that is sent with its length', () => {
  const upload = (file: object, contacts: AsyncIterable<Contact>) => {
    const { contactLoad } = createTemplateAdapter(
      v.parse(TemplateSettingsSchema, {
        contactLoad: {
          unit: 'file',
          request: { method: 'POST', url: 'https://pbx.example/upload' },
          file: { columns: [{ value: '{{ name }}' }], ...file },
        },
      }),
    ).features;
    const context = fakeContext();
    const mailing = { queue: '7', mailingId: 'm-1', parameters: {}, captures: {} };
    return { context, result: contactLoad?.send({ mailing, contacts }, context) };
  };
  /** Another list each time that it is read. */
  const lists = (...all: readonly (readonly string[])[]): AsyncIterable<Contact> => {
    let reading = 0;
    return {
      async *[Symbol.asyncIterator]() {
        const names = all[Math.min(reading, all.length - 1)] ?? [];
        reading += 1;
        for (const name of names) yield { ...contact, name };
      },
    };
  };

  it.each([
    ['as the body', { charset: 'utf-8-bom' }],
    ['as a part of a form', { field: 'arquivo', fields: { fila: '{{ queue }}' } }],
  ])('%s has a Content-Length in bytes, and none without "sized"', async (_what, file) => {
    const names = lists(['João', 'Çélia', '']);
    const { context, result } = upload({ ...file, sized: true }, names);
    await result;
    const [sent] = context.sent;
    expect(sent?.body).toContain('João\r\nÇélia\r\n');
    expect(Number(sent?.headers['content-length'])).toBe(Buffer.byteLength(sent?.body ?? ''));
    const unsized = upload(file, names);
    await unsized.result;
    expect(unsized.context.sent[0]?.headers).not.toHaveProperty('content-length');
  });

  it.each([
    ['fewer', [['Ana', 'Rui'], ['Ana']]],
    ['more', [['Ana'], ['Ana', 'Rui']]],
  ])('breaks off, in doubt, if the second reading has %s contacts', async (_what, names) => {
    const { result } = upload({ sized: true }, lists(...names));
    expect(await errorOf(Promise.resolve(result))).toMatchObject({
      code: 'unavailable',
      delivery: 'unknown',
      feature: 'contactLoad',
    });
  });
});
