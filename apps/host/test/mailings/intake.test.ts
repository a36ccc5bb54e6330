import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { columnOf } from '../../src/mailings/intake/column-names.ts';
import { readContact } from '../../src/mailings/intake/read-contact.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { contacts, isIn, RejectsShape, TakenShape, until } from '../support/mailings.ts';
import { nothingStored, storedOf } from '../support/stored-mailings.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
let store: Store;
beforeAll(async () => {
  host = await startTestHost();
  store = await openStore({ ...host, logger: silentLogger });
});
afterAll(async () => {
  await store.close();
  await host.stop();
});

const stored = (queue: string) => storedOf(store, queue);

const post = (
  body: string | Buffer<ArrayBuffer>,
  contentType: string,
  queue: string,
  encoding = 'identity',
) =>
  fetch(`${host.url}/v1/tenants/1042/mailings?queue=${queue}`, {
    method: 'POST',
    headers: {
      Authorization: 'Bearer ft_admin_key_of_the_tests_0123456789',
      'Content-Type': contentType,
      'Content-Encoding': encoding,
    },
    body,
  });

/** Sends a mailing, waits until it is loaded, and gives what the telephone system has of it. */
async function arrives(body: string | Buffer<ArrayBuffer>, contentType: string, queue: string) {
  const response = await post(body, contentType, queue);
  if (response.status !== 202) throw new Error(await response.text());
  const taken = await jsonOf(response, TakenShape);
  await until(host, taken.mailingId, isIn('active'));
  return { taken, got: [...host.vendor.telephony.contactsOf(queue).values()] };
}

/** As Windows writes it, with its byte order mark. */
const utf16 = (text: string): Buffer<ArrayBuffer> => Buffer.from(`\ufeff${text}`, 'utf16le');

const ana = {
  contactId: '7001',
  name: 'Ana Conceição',
  cpf: '52998224725',
  phones: ['41999998888'],
};

describe('a mailing is read', () => {
  const json = JSON.stringify([
    {
      contactId: '7001',
      name: 'Ana Conceição',
      cpf: '529.982.247-25',
      phones: [{ areaCode: '41', number: '99999-8888' }],
    },
  ]);

  it.each([
    ['a list', json],
    ['an object with a list', `{"contacts":${json}}`],
    ['a list with a BOM', `\ufeff${json}`],
  ])('from JSON: %s', async (_name, body) => {
    const { taken, got } = await arrives(body, 'application/json', 'json');
    expect(taken).toMatchObject({ total: 1, rejected: 0 });
    expect(got).toMatchObject([ana]);
  });

  it('with null for the values that a contact lacks', async () => {
    const without = { name: null, cpf: null, parameters: null };
    const phones = [
      { areaCode: '41', number: '999998888' },
      { areaCode: null, number: null },
    ];
    const contact = { contactId: '7001', ...without, phones };
    const { taken, got } = await arrives(JSON.stringify([contact]), 'application/json', 'q-null');
    expect(taken).toMatchObject({ total: 1, rejected: 0 });
    expect(got).toHaveLength(1);
  });

  it.each([
    [{ debt: null, plan: 'a' }, { plan: 'a' }],
    [{ debt: null }, {}],
  ])('without the parameters that are null: %j', (written, parameters) => {
    const phones = [{ areaCode: '41', number: '999998888' }];
    expect(readContact({ contactId: '7001', phones, parameters: written })).toMatchObject({
      contact: { parameters },
    });
  });

  it.each([
    [[], 'the row cannot be used: must be an object, and is a list'],
    [
      { contactId: '1', parameters: ['a'] },
      'parameters cannot be used: must be an object, and is a list',
    ],
    [
      { contactId: '1', parameters: { debt: [null] } },
      'parameters.debt cannot be used: must be text, a number or true or false, and is a list',
    ],
  ])('not from the row %j, and the reason says why', (row, message) => {
    expect(readContact(row)).toEqual({ reason: 'invalid_contact', message });
  });

  it('from NDJSON line by line, with a line that is not JSON rejected by itself', async () => {
    const lines = `${json.slice(1, -1)}\nno json\n\n{"contactId":"7002","phones":[{"number":"4133334444"}]}\n`;
    const { taken, got } = await arrives(lines, 'application/x-ndjson', 'ndjson');
    expect(taken).toMatchObject({ total: 2, rejected: 1 });
    expect(got).toMatchObject([ana, { contactId: '7002', phones: ['4133334444'] }]);
  });

  it.each([
    ["the manual's columns", 'ID;CPF;DDD1Telefone1;DDD2Telefone2;Nome'],
    ['accents and case', 'Identificador Contato CRM;C.P.F.;TELEFONE 1;Número 2;NOME CLIENTE'],
    ['English', 'contactId;cpf;number1;number2;name'],
  ])('from CSV with %s', async (_name, header) => {
    const file = `${header}\r\n7001;52998224725;(41) 99999-8888;41988887777;"Ana Conceição"\r\n`;
    const { got } = await arrives(file, 'text/csv', 'csv');
    expect(got).toMatchObject([{ ...ana, phones: ['41999998888', '41988887777'] }]);
  });

  it('from CSV in Latin-1 with commas, quoted cells and area codes in their own column', async () => {
    const file =
      'id,nome,ddd1,telefone1,campanha\n7001,"Conceição, ""Ana""",41,999998888,Cobrança\n';
    const { got } = await arrives(Buffer.from(file, 'latin1'), 'text/csv', 'latin1');
    expect(got).toMatchObject([
      { contactId: '7001', name: 'Conceição, "Ana"', phones: ['41999998888'] },
    ]);
  });

  const unicodeText =
    'ID\tNome\tCPF\tDDD1\tTelefone1\tTelefone2\r\n7001\tAna Conceição\t52998224725\t41\t99999-8888\t\r\n';

  it.each([
    ['UTF-16, as Excel saves Unicode text', utf16(unicodeText)],
    ['UTF-16 the other way round', utf16(unicodeText).swap16()],
    [
      'a line that tells the separator',
      'sep=;\r\nID;Nome;CPF;Telefone1\r\n7001;Ana Conceição;52998224725;41999998888\r\n',
    ],
    [
      'that line in quotes, another one, and a mark before it',
      '\ufeff"SEP=|"\n\nID|Nome|CPF|Telefone1\n7001|Ana Conceição|52998224725|41999998888\n',
    ],
    [
      'a tab told',
      'sep=\t\r\nID\tNome\tCPF\tTelefone1\r\n7001\tAna Conceição\t52998224725\t41999998888\r\n',
    ],
  ])('from CSV of a spreadsheet: %s', async (_name, file) => {
    const { taken, got } = await arrives(file, 'application/vnd.ms-excel', 'spreadsheet');
    expect(taken).toMatchObject({ total: 1, rejected: 0 });
    expect(got).toMatchObject([ana]);
  });

  it('not with a parameter name such as "__proto__", under which the value would be lost', async () => {
    const contact =
      '{"contactId":"7001","phones":[{"number":"41999998888"}],"parameters":{"__proto__":"lost"}}';
    const taken = await jsonOf(await post(contact, 'application/x-ndjson', 'lost'), TakenShape);
    expect(taken).toMatchObject({ total: 0, rejected: 1 });
    const { rejects } = await jsonOf(
      await host.tenant(`/mailings/${taken.mailingId}/rejects`),
      RejectsShape,
    );
    expect(rejects[0]?.message).toMatch(/parameters .*"__proto__"/);

    const column = await post('ID;Telefone1;__proto__\n7001;41999998888;x\n', 'text/csv', 'lost');
    const ofMailing = await post('[]', 'application/json', 'lost&parameters={"constructor":"x"}');
    for (const response of [column, ofMailing]) {
      expect(response.status).toBe(400);
      const { errors } = await jsonOf(response, ProblemShape);
      expect(errors?.[0]?.message).toMatch(/column 3|"constructor"/);
    }
  });

  it.each([
    ['behind one that tells the separator', 'sep=;\nID;Telefone1\n7001;1\n', 3],
    ['with the ends of line of Windows', 'ID;Telefone1\r\n7001;4133334444\r\n7002;1\r\n', 3],
    [
      'behind a cell with breaks of line',
      'ID;Nome;Telefone1\r\n7001;"Ana\r\nMaria";4133334444\r\n7002;B;1\r\n',
      4,
    ],
  ])('with rejects that name the line as counted in the file: %s', async (_name, file, at) => {
    const { mailingId } = await jsonOf(await post(file, 'text/csv', 'told'), TakenShape);
    const { rejects } = await jsonOf(
      await host.tenant(`/mailings/${mailingId}/rejects`),
      RejectsShape,
    );
    expect(rejects.map(({ line }) => line)).toEqual([at]);
  });

  it('with a UTF-8 character that the network cuts in two', async () => {
    const bytes = Buffer.from(
      `[${'  '.repeat(10)}{"contactId":"7001","name":"ç","phones":[{"number":"41999998888"}]}]`,
    );
    const cut = bytes.indexOf(0xc3) + 1;
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(bytes.subarray(0, cut));
        await new Promise((resolve) => setImmediate(resolve));
        controller.enqueue(bytes.subarray(cut));
        controller.close();
      },
    });
    const response = await fetch(`${host.url}/v1/tenants/1042/mailings?queue=cut`, {
      method: 'POST',
      headers: {
        Authorization: 'Bearer ft_admin_key_of_the_tests_0123456789',
        'Content-Type': 'application/json',
      },
      body,
      duplex: 'half',
    });
    const { mailingId } = await jsonOf(response, TakenShape);
    await until(host, mailingId, isIn('active'));
    expect([...host.vendor.telephony.contactsOf('cut').values()]).toMatchObject([{ name: 'ç' }]);
  });
});

describe('a CSV file', () => {
  it('may mix two kinds of line end', async () => {
    const file = 'ID;Telefone1\r\n1;41999998881\n2;41999998882\r\n"3";"41999998883"\r\n';
    const { got } = await arrives(file, 'text/csv', 'ends');
    expect(got.map(({ contactId }) => contactId)).toEqual(['1', '2', '3']);
  });

  it('may begin with empty lines', async () => {
    const { got } = await arrives('\r\n\r\nID,Telefone1\n7001,41999998888\n', 'text/csv', 'blank');
    expect(got).toMatchObject([{ contactId: '7001', phones: ['41999998888'] }]);
  });

  it.each([
    ['ID;Telefone;Celular', 'columns 2 and 3 of its first line both hold number 1'],
    ['ID;Contato;Telefone1', 'columns 1 and 2 of its first line both hold the contact id'],
    ['ID;Telefone1;valor total;valor-total', 'columns 3 and 4'],
  ])(
    'is refused if two columns have the same meaning, because one of two cells would be lost: %s',
    async (header, words) => {
      const response = await post(`${header}\n1;2;3;4\n`, 'text/csv', 'twins');
      expect(response.status).toBe(400);
      expect((await jsonOf(response, ProblemShape)).errors?.[0]?.message).toContain(words);
    },
  );

  it.each([
    ['as the manual prints it', 'ID;DDD1Telefone1;DD2Telefone2;DDD3Telefone3'],
    ['with zeros in front', 'ID;Telefone01;Telefone02;Telefone03'],
    ['beyond the fifth', 'ID;Telefone6;Telefone10;Telefone20'],
  ])('may name its columns of numbers %s', async (_name, header) => {
    const file = `${header}\n7001;41999998881;41999998882;41999998883\n`;
    const { got } = await arrives(file, 'text/csv', 'columns');
    expect(got).toMatchObject([{ phones: ['41999998881', '41999998882', '41999998883'] }]);
  });

  it('may have more numbers than a contact: the first five that can be dialed are taken, the others are listed as rejects', async () => {
    const header = Array.from({ length: 7 }, (_, index) => `DDD${index + 1};Fone${index + 1}`);
    const cells = Array.from(
      { length: 7 },
      (_, index) => `41;${index === 0 ? '1' : `99999888${index}`}`,
    );
    const file = `ID;${header.join(';')}\n7001;${cells.join(';')}\n`;
    const { taken, got } = await arrives(file, 'text/csv', 'seven');
    expect(got[0]?.phones.map((phone) => phone.slice(-1))).toEqual(['1', '2', '3', '4', '5']);
    const list = await host.tenant(`/mailings/${taken.mailingId}/rejects`);
    expect((await jsonOf(list, RejectsShape)).rejects).toMatchObject([
      { kind: 'phone', reason: 'invalid_phone', message: expect.stringMatching(/^phone 1 /) },
      { kind: 'phone', reason: 'too_many_phones', message: expect.stringMatching(/^phone 7 /) },
    ]);
  });

  it('has its other columns as parameters: accents removed in either form of Unicode, at most 64 characters, none without a name', () => {
    const names = ['1a parcela', 'x'.repeat(80), ''].map((header) => columnOf(header));
    const accented = ['Observação', 'Observac\u0327a\u0303o', 'Valor da Dívida'];
    expect(accented.map((header) => columnOf(header))).toEqual(
      ['Observacao', 'Observacao', 'Valor_da_Divida'].map((name) => ({ kind: 'parameter', name })),
    );
    expect(names).toEqual([
      { kind: 'parameter', name: '_1a_parcela' },
      { kind: 'parameter', name: 'x'.repeat(64) },
      undefined,
    ]);
  });
});

describe('the intake of a mailing', () => {
  const good = { areaCode: '41', number: '999998888' };

  it('lists every row and number that cannot be used with line and reason, and takes the others', async () => {
    const rows = [
      { contactId: 'ok', phones: [good] },
      { phones: [good] },
      { contactId: 'cpf', cpf: '52998224726', phones: [good] },
      { contactId: 'zero', cpf: '5299822472', phones: [good] },
      { contactId: 'none', phones: [] },
      { contactId: 'dummy', phones: [{ areaCode: '41', number: '99999-9999' }] },
      { contactId: 'ok', phones: [{ areaCode: '41', number: '988887777' }] },
      {
        contactId: 'half',
        phones: [{ areaCode: '20', number: `999998888 ${'recado '.repeat(20)}` }, good, good],
      },
      7,
    ];
    const { taken, got } = await arrives(JSON.stringify(rows), 'application/json', 'rejects');
    expect(taken).toMatchObject({ total: 2, rejected: 7 });
    expect(got.map(({ contactId, phones }) => [contactId, ...phones])).toEqual([
      ['ok', '41999998888'],
      ['half', '41999998888'],
    ]);
    const { rejects } = await jsonOf(
      await host.tenant(`/mailings/${taken.mailingId}/rejects`),
      RejectsShape,
    );
    expect(rejects.map(({ line, kind, reason }) => [line, kind, reason])).toEqual(
      expect.arrayContaining([
        [2, 'row', 'invalid_contact'],
        [3, 'row', 'invalid_cpf'],
        [4, 'row', 'invalid_cpf'],
        [5, 'row', 'no_phone'],
        [6, 'row', 'no_phone'],
        [7, 'row', 'duplicate'],
        [8, 'phone', 'invalid_phone'],
        [8, 'phone', 'repeated_phone'],
        [9, 'row', 'invalid_contact'],
      ]),
    );
    expect(rejects.find(({ line }) => line === 4)).toMatchObject({
      message: expect.stringContaining('a spreadsheet has removed'),
      contactId: 'zero',
    });
    const csv = await host.tenant(`/mailings/${taken.mailingId}/rejects`, {
      headers: { Accept: 'text/csv' },
    });
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect((await csv.text()).trim().split('\r\n')).toHaveLength(rejects.length + 1);
  });

  it('rejects a parameter that is a number whose last digits would be lost', async () => {
    const row = (contract: string) =>
      `{"contactId":"7001","phones":[{"number":"41999998888"}],"parameters":{"contract":${contract}}}`;
    for (const number of ['12345678901234567890', '-9007199254740993', '1e400']) {
      const taken = await jsonOf(
        await post(row(number), 'application/x-ndjson', 'long-number'),
        TakenShape,
      );
      expect(taken).toMatchObject({ total: 0, rejected: 1 });
      const list = await host.tenant(`/mailings/${taken.mailingId}/rejects`);
      expect((await jsonOf(list, RejectsShape)).rejects[0]?.message).toMatch(
        /^parameters\.contract .* must be sent as text$/,
      );
    }
    const ofMailing = await post(
      row('1'),
      'application/json',
      'x&parameters={"a":9007199254740993}',
    );
    expect(ofMailing.status).toBe(400);
    const { errors } = await jsonOf(ofMailing, ProblemShape);
    expect(errors?.[0]?.message).toContain('must be sent as text');
  });

  it('rejects a contact id that a spreadsheet has cut to its first digits', async () => {
    const file = 'ID;Telefone1\n1,23457E+12;41999998881\n1,23457E+12;41999998882\n';
    const taken = await jsonOf(await post(file, 'text/csv', 'cut-id'), TakenShape);
    expect(taken).toMatchObject({ total: 0, rejected: 2 });
    const list = await host.tenant(`/mailings/${taken.mailingId}/rejects`);
    const expected = { reason: 'invalid_contact', message: expect.stringContaining('spreadsheet') };
    expect((await jsonOf(list, RejectsShape)).rejects).toMatchObject([expected, expected]);
  });

  it('keeps the original text of a line that is not valid JSON with its reject', async () => {
    const taken = await jsonOf(
      await post('{"contactId":"1",}\n', 'application/x-ndjson', 'x'),
      TakenShape,
    );
    const list = await host.tenant(`/mailings/${taken.mailingId}/rejects`);
    expect((await jsonOf(list, RejectsShape)).rejects).toMatchObject([
      { reason: 'unreadable', message: 'the line is no valid JSON', row: '{"contactId":"1",}' },
    ]);
  });

  describe('is not taken with a key that it has twice: of two numbers nobody can tell which one is meant', () => {
    const twice = [
      '{"contactId":"1","phones":[{"number":"41999998881"}],"phones":[{"number":"41999998882"}]}',
      '{"contactId":"2","phones":[{"number":"41999998881","nu\\u006dber" : "41999998882"}]}',
      '{"contactId":"3","phones":[{"number":"41999998881"}],"parameters":{"debt":1,"debt":2}}',
    ];
    const once = [
      '{"contactId":"4","name":"\\":\\":","phones":[{"number":"41999998881"},{"number":"41999998882"}]}',
      '{"contactId":"5" , "phones" : [{"number" : "41999998881"}], "parameters":{"due":"a:b:c"}}',
    ];
    const rows = [...twice, ...once];
    const places = ['phones', 'phones.0.number', 'parameters.debt'];

    it.each([
      ['NDJSON', 'application/x-ndjson', rows.join('\n'), places],
      ['a list', 'application/json', `[${rows.join(',\n')}]`, []],
      ['an object with a list', 'application/json', `{"contacts":[${rows.join(',')}]}`, []],
      [
        'an object with two lists',
        'application/json',
        `{"contacts":[${twice.join(',')}],"contacts":[${once.join(',')}]}`,
        [],
      ],
    ])('in %s', async (_name, type, body, told) => {
      const { taken, got } = await arrives(body, type, 'twice');
      expect(taken).toMatchObject({ total: 2, rejected: 3 });
      expect(got.map(({ contactId }) => contactId)).toEqual(['4', '5']);
      const list = await host.tenant(`/mailings/${taken.mailingId}/rejects`);
      const { rejects } = await jsonOf(list, RejectsShape);
      expect(rejects).toMatchObject(
        twice.map((_row, index) => ({
          line: index + 1,
          kind: 'row',
          reason: 'unreadable',
          message: `${told[index] ?? 'one of its keys'} is there more than once; write it once`,
        })),
      );
    });

    it('and is kept as it came', async () => {
      const [row = ''] = twice;
      const taken = await jsonOf(await post(row, 'application/x-ndjson', 'kept'), TakenShape);
      const list = await host.tenant(`/mailings/${taken.mailingId}/rejects`);
      expect((await jsonOf(list, RejectsShape)).rejects).toMatchObject([{ row }]);
    });

    it('or so deep that its keys cannot be counted by a function that calls itself', async () => {
      const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
      const body = `{"contactId":"6","phones":[{"number":"41999998881"}],"note":${deep}}`;
      const { taken } = await arrives(body, 'application/x-ndjson', 'deep');
      expect(taken).toMatchObject({ total: 1, rejected: 0 });
    });
  });

  it.each([
    [
      'a list with parameters beside it, which are of the query',
      '{"contacts":[{"contactId":"1","phones":[{"areaCode":"41","number":"999998888"}]}],"parameters":{"a":1}}',
      'application/json',
      'it has "parameters" beside "contacts"',
    ],
    ['an object for a list', '{"contacts":{"a":{}}}', 'application/json', 'is no list'],
    ['JSON that ends too early', '[{"contactId":"1"}', 'application/json', 'ends too early'],
    ['JSON that is none', '[{"contactId":"1"},}]', 'application/json', 'not valid JSON'],
    ['a text', 'hello', 'application/json', 'begins with neither'],
    ['a file without a header', '7001;52998224725\n', 'text/csv', 'must name the columns'],
    [
      'a quote inside a cell',
      'id;nome;telefone1\n1;Ana "Nina";41999998888\n',
      'text/csv',
      'line 2',
    ],
    ['an open quote', 'id;telefone1\n1;"41999998888\n', 'text/csv', 'cannot be read as CSV'],
    ['nothing', '[]', 'application/json', 'has no contact'],
    [
      'a contact without an end',
      `[{"contactId":"1"},{"name":"${'a'.repeat(1_200_000)}`,
      'application/json',
      'contact 1 is followed by more than',
    ],
  ])(
    'leaves nothing behind if the body as a whole cannot be used: %s',
    async (_name, body, type, words) => {
      const response = await post(body, type, 'broken');
      expect(response.status).toBe(400);
      const problem = await jsonOf(response, ProblemShape);
      expect(problem.errors?.[0]?.message).toContain(words);
      expect(await stored('broken')).toEqual(nothingStored);
    },
  );

  it('leaves nothing behind if the sender breaks off', async () => {
    const leaving = new AbortController();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from(`[${JSON.stringify(contacts(1)[0])},`));
      },
      pull: () => new Promise(() => undefined),
    });
    const sending = fetch(`${host.url}/v1/tenants/1042/mailings?queue=off`, {
      method: 'POST',
      headers: {
        Authorization: 'Bearer ft_admin_key_of_the_tests_0123456789',
        'Content-Type': 'application/json',
      },
      body,
      duplex: 'half',
      signal: leaving.signal,
    });
    await expect.poll(() => stored('off')).toMatchObject({ mailings: 1 });
    leaving.abort();
    await expect(sending).rejects.toThrow('abort');
    await expect.poll(() => stored('off')).toEqual(nothingStored);
  });

  /** Sends the first half of a file, and leaves. */
  async function leaveInTheMiddle(queue: string, encoding: 'identity' | 'gzip'): Promise<void> {
    const lines = Array.from({ length: 5000 }, () => `${randomBytes(20).toString('hex')};\n`);
    const file = Buffer.from(`id;telefone1\n${lines.join('')}`);
    const bytes = encoding === 'gzip' ? gzipSync(file) : file;
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    const head = [
      `POST /v1/tenants/1042/mailings?queue=${queue} HTTP/1.1`,
      'Host: host',
      'Authorization: Bearer ft_admin_key_of_the_tests_0123456789',
      'Content-Type: text/csv',
      `Content-Encoding: ${encoding}`,
      `Content-Length: ${bytes.length}`,
    ].join('\r\n');
    socket.write(`${head}\r\n\r\n`);
    await new Promise<void>((resolve) => {
      socket.write(bytes.subarray(0, bytes.length / 2), () => resolve());
    });
    await expect.poll(async () => (await stored(queue)).rejects).toBeGreaterThan(0);
    socket.resetAndDestroy();
  }

  it.each(['identity', 'gzip'] as const)(
    'does not blame the store if the sender disconnects in the middle of the body: %s',
    async (encoding) => {
      const before = host.logged.length;
      const queue = `gone-${encoding}`;
      await leaveInTheMiddle(queue, encoding);
      const own = () => host.logged.slice(before).join('\n');
      await expect.poll(own).toContain('"status":400');
      expect(own()).not.toContain('store');
      await expect.poll(() => stored(queue)).toEqual(nothingStored);
    },
  );

  it.each([
    ['no gzip at all', Buffer.from('id;telefone1\n1;41999998888\n'), 'is not a gzip file'],
    [
      'cut off',
      gzipSync(Buffer.from('id;telefone1\n1;41999998888\n')).subarray(0, 30),
      'ends too early',
    ],
  ])('says why a compressed body cannot be unpacked: %s', async (_name, body, words) => {
    const response = await post(body, 'text/csv', 'packed', 'gzip');
    expect(response.status).toBe(400);
    expect((await jsonOf(response, ProblemShape)).errors?.[0]?.message).toContain(words);
  });

  it('accepts a compressed body whatever the letter case of its Content-Encoding', async () => {
    const packed = gzipSync(Buffer.from('id;telefone1\n1;41999998888\n'));
    const taken = await jsonOf(await post(packed, 'text/csv', 'packed', 'GZIP'), TakenShape);
    expect(taken).toMatchObject({ total: 1, rejected: 0 });
  });

  it('does not pile up listeners while it reads a long file', async () => {
    const warned: Error[] = [];
    const note = (warning: Error) => warned.push(warning);
    process.on('warning', note);
    const lines = Array.from({ length: 40_000 }, (_, index) => `${index};41999998888;${index}`);
    const file = `id;telefone1;nome\n${lines.join('\n')}`;
    expect(await jsonOf(await post(file, 'text/csv', 'long'), TakenShape)).toMatchObject({
      total: 40_000,
    });
    process.off('warning', note);
    expect(warned).toEqual([]);
  });

  it.each([
    ['application/json', `[${'['.repeat(50_000)}${']'.repeat(50_000)}]`],
    ['application/x-ndjson', `{"contactId":${'['.repeat(20_000)}${']'.repeat(20_000)}}\n`],
  ])('rejects a row that is nested too deeply to be written down: %s', async (type, body) => {
    const taken = await jsonOf(await post(body, type, 'deep'), TakenShape);
    expect(taken).toMatchObject({ total: 0, rejected: 1 });
  });

  it('rejects a contact of a list that is nested deeper than 64 levels, because it would fill the memory, and takes the others', async () => {
    const contact = (contactId: string, levels: number) =>
      `{"contactId":"${contactId}","phones":[{"number":"41999998888"}],"note":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    const list = [contact('1', 63), contact('2', 64), contact('3', 1000), contact('4', 1)];
    const body = `[${list.join(',')}]`;
    const taken = await jsonOf(await post(body, 'application/json', 'deep'), TakenShape);
    expect(taken).toMatchObject({ total: 2, rejected: 2 });
    const { rejects } = await jsonOf(
      await host.tenant(`/mailings/${taken.mailingId}/rejects`),
      RejectsShape,
    );
    const message = expect.stringContaining('nested deeper than 64 levels');
    expect(rejects).toMatchObject([
      { line: 2, reason: 'unreadable', message },
      { line: 3, reason: 'unreadable', message },
    ]);
  });

  it('answers 415 to another media type', async () => {
    expect((await post('x', 'text/plain', 'x')).status).toBe(415);
  });
});

it('a CSV row with more cells than column names is rejected, because its values would be shifted, unless the extra cells are empty', async () => {
  const header = 'ID,Telefone1,valor,vencimento';
  const rows = '7001,41999998888,10,50,2026-01-01\n7002,41999998887,10.50,2026-01-01,,\n';
  const taken = await jsonOf(await post(`${header}\n${rows}`, 'text/csv', 'shifted'), TakenShape);
  expect(taken).toMatchObject({ total: 1, rejected: 1 });
  const rejects = await jsonOf(
    await host.tenant(`/mailings/${taken.mailingId}/rejects`),
    RejectsShape,
  );
  expect(rejects.rejects).toMatchObject([
    { line: 2, reason: 'unreadable', message: expect.stringContaining('more cells') },
  ]);
});
