import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCurl } from '../../src/exchanges/curl.ts';
import { createMasker } from '../../src/exchanges/mask.ts';
import { personalNumber, personalValues } from '../../src/exchanges/personal-values.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

const lowerCased = (text: string) => text.toLowerCase();

const asciiJson = (text: string) =>
  JSON.stringify(text).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Each form in which a value may stand in a text, made by the usual tool for it. */
const encodings: Readonly<Record<string, (value: string) => string>> = {
  raw: (value) => value,
  encodeURIComponent: (value) => encodeURIComponent(value),
  'encodeURIComponent with plus': (value) => encodeURIComponent(value).replaceAll('%20', '+'),
  'lower-case percent': (value) => encodeURIComponent(value).replace(/%../g, lowerCased),
  'form body': (value) => new URLSearchParams({ x: value }).toString().slice(2),
  'query of a URL': (value) =>
    new URL(`https://pabx.example/?x=${encodeURIComponent(value)}`).search.slice(3),
  'raw in the query of a URL': (value) =>
    // Characters that would end the query, or be dropped from it, cannot stand there raw.
    new URL(
      `https://pabx.example/?x=${value.replace(/[#\t\r\n]/g, encodeURIComponent)}y`,
    ).search.slice(3, -1),
  'path of a URL': (value) =>
    new URL(`https://pabx.example/x${encodeURIComponent(value)}`).pathname.slice(2),
  JSON: (value) => JSON.stringify(value).slice(1, -1),
  'JSON inside JSON': (value) => JSON.stringify(JSON.stringify(value)).slice(3, -3),
  'JSON inside JSON inside JSON': (value) =>
    JSON.stringify(JSON.stringify(JSON.stringify(value))).slice(7, -7),
  'JSON in ASCII with escaped slashes': (value) =>
    asciiJson(value)
      .slice(1, -1)
      .replaceAll('/', String.raw`\/`),
  HTML: (value) =>
    value
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;'),
  'HTML inside HTML inside HTML': (value) =>
    value.replace(/[^\x20-\x7e]|[&<>"']/gu, (sign) => `&amp;amp;#${sign.codePointAt(0)};`),
  'JSON in ASCII in an address': (value) => encodeURIComponent(asciiJson(value).slice(1, -1)),
  'JSON in ASCII in an address in an address': (value) =>
    encodeURIComponent(encodeURIComponent(asciiJson(value).slice(1, -1))),
  'quoted-printable': (value) =>
    Array.from(Buffer.from(value), (byte) =>
      byte < 32 || byte === 61 || byte > 126
        ? `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(byte),
    ).join(''),
  'HTML with hexadecimal references': (value) =>
    value.replace(/[&<>"']/g, (sign) => `&#x${sign.charCodeAt(0).toString(16).toUpperCase()};`),
  base64,
  'base64 without padding': (value) => base64(value).replace(/=+$/, ''),
  'base64 in a form': (value) => encodeURIComponent(base64(value)),
  base64url: (value) => Buffer.from(value).toString('base64url'),
  hex: (value) => Buffer.from(value).toString('hex'),
  'upper-case hex': (value) => Buffer.from(value).toString('hex').toUpperCase(),
};

const planted = [
  'tok_live-4f.9/a+b=c',
  "Maria D'Ávila & Filhos <ME>",
  'João  da Conceição',
  'p%25ss "word" \\ 1',
  'line one\nline two',
  'k\\b\nccc z',
  '+5541999998888',
  '529.982.247-25',
  'chave🔑secreta',
];

describe('a concealed value', () => {
  describe.each(planted)('%j', (value) => {
    const masker = createMasker([[value]]);

    it.each(Object.entries(encodings))('is hidden as %s', (_name, encode) => {
      const encoded = encode(value);
      const text = masker.text(`before|${encoded}|after`);
      expect(text).not.toContain(encoded);
      expect(text).toMatch(/^before\|.*\|after$/);
    });

    it.each([1, 2, 3, 4, 5])(
      'is hidden inside a longer Base64 text, %i bytes after its start',
      (before) => {
        const encoded = masker.text(base64(`${'u'.repeat(before - 1)}:${value}`));
        const shown = Buffer.from(encoded.replaceAll('***', ''), 'base64').toString('utf8');
        expect(encoded).toContain('***');
        expect(shown).not.toContain(value.slice(3));
      },
    );
  });

  const numbered = (text: string) =>
    Array.from({ length: 400 }, (_, index) => `${text}${index}`)
      .join('')
      .slice(0, 4096);
  const longOnes = {
    text: numbered('Ligação não atendida às três; '),
    signs: numbered('!"#$%&/()=?+*'),
    backslashes: numbered('a\\b"c\n'),
  };
  describe.each(Object.entries(longOnes))('of 4096 characters (%s)', (_, value) => {
    const masker = createMasker([[value]]);

    it.each(Object.entries(encodings))('is hidden as %s', (_name, encode) => {
      const encoded = encode(value);
      const text = masker.text(`before|${encoded}|after`);
      expect(text).toMatch(/^before\|.{0,8}\*\*\*.{0,8}\|after$/);
    });

    it('is hidden even if the text ends in its middle', () => {
      expect(masker.text(`before|${value.slice(0, 1000)}`)).toBe('before|***');
    });
  });

  it('of 4096 characters is hidden to its end, even if its last part also occurs in its middle', () => {
    const end = longOnes.text.slice(-100);
    const value = `${longOnes.text.slice(0, 300)}${end}Ana Souza${end}`;
    expect(createMasker([[value]]).text(`before|${value}|after`)).toBe('before|***|after');
  });

  it.each(['md5', 'sha256'])(
    'of 300 characters is hidden in the form of its %s hash, as a password is',
    (name) => {
      const value = 's3nh4-'.repeat(50);
      const hash = createHash(name).update(value).digest('hex');
      expect(createMasker([[value]]).text(`before|${hash}|after`)).toBe('before|***|after');
    },
  );

  it('with many accents does not slow down the masking of a text that begins like it', () => {
    const value = 'Ligação não atendida às três; '.repeat(6);
    const masker = createMasker([[value]]);
    const at = performance.now();
    masker.text(`${value.slice(0, -5)}${'x'.repeat(50)}`);
    expect(performance.now() - at).toBeLessThan(5000);
  });

  it('is hidden in Basic credentials, whether the header is Authorization or not', () => {
    const masker = createMasker([['s3nh4-do-pabx']]);
    const basic = `Basic ${base64('ramal1001:s3nh4-do-pabx')}`;
    expect(masker.headers({ Authorization: basic, 'x-echo': basic })).toEqual({
      Authorization: '***',
      'x-echo': expect.stringMatching(/^Basic [*]{3,6}[\w+/=]{0,3}$/),
    });
  });

  it('is hidden in the query of a URL, whose encoding is not that of encodeURIComponent', () => {
    const masker = createMasker([["Maria D'Ávila"]]);
    const url = new URL(
      `https://pabx.example/dial?name2=${encodeURIComponent("Maria D'Ávila")}&q=7`,
    );
    expect(masker.text(url.href)).toBe('https://pabx.example/dial?name2=***&q=7');
  });

  it('is hidden in Latin-1, both percent-encoded and misread as UTF-8', () => {
    const masker = createMasker([['João Conceição']]);
    expect(masker.text('n=Jo%E3o%20Concei%E7%E3o')).toBe('n=***');
    expect(masker.text(Buffer.from('n=João Conceição', 'latin1').toString('utf8'))).toBe('n=***');
  });

  it('is hidden if characters are encoded that need no encoding', () => {
    expect(createMasker([['s3.nh4']]).text('?x=s3%2Enh4&y=1')).toBe('?x=***&y=1');
  });

  it('is hidden to its end even if it contains a separator of form fields', () => {
    expect(createMasker([['ab12&cd34']]).text('token=ab12&cd34 x')).toBe('token=*** x');
  });

  it('is hidden to its end even if a shorter concealed value begins like it', () => {
    expect(createMasker([['tokenA', 'tokenA-and-more']]).text('x tokenA-and-more y')).toBe(
      'x *** y',
    );
  });
});

const unaccented = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '');

describe('a concealed name', () => {
  const name = 'João da Conceição Ávila';
  const masker = createMasker([[name, 'Ana Luz']]);

  it.each(
    Object.entries({
      'in upper case': name.toUpperCase(),
      'without accents': unaccented(name),
      'without accents, in lower case': unaccented(name).toLowerCase(),
      'with accents of their own': name.normalize('NFD'),
      'in upper case in an address': encodeURIComponent(name.toUpperCase()),
      'in upper case in an address of Latin-1': 'JO%C3O%20DA%20CONCEI%C7%C3O%20%C1VILA',
      'in upper case in JSON of ASCII': asciiJson(name.toUpperCase()).slice(1, -1),
      'encoded once more than it need be': encodeURIComponent(encodeURIComponent(name)),
      'with entities of HTML': 'Jo&atilde;o da Concei&ccedil;&atilde;o &Aacute;vila',
      'in UTF-8 that is read as Latin-1': Buffer.from(name).toString('latin1'),
      'cut off in a word': name.slice(0, 14),
      'cut off behind a word': 'João da ',
      'its first word': 'joao',
      'the other way round': 'AVILA, JOAO da Conceição',
      'with underscores': unaccented(name).replaceAll(' ', '_').toUpperCase(),
      'with dots': 'joao.avila',
      'of short words': 'nome ANA',
      'of short words with underscores': 'ANA_LUZ',
    }),
  )('is hidden %s', (_how, written) => {
    expect(masker.text(`before|${written}|after`)).toMatch(
      /^before\|[^\p{L}]*(?:da|nome)?[^\p{L}]*(?:da )?[^\p{L}]*\|after$/iu,
    );
  });

  it.each([
    String.raw`{"m":"Cliente:\n***"}`,
    String.raw`{"m":"Cliente:\t***"}`,
    String.raw`{"m":"Ol\u00e1\u00a0***"}`,
    JSON.stringify(String.raw`{"m":"Cliente:\r\n***"}`),
  ])('of three letters is hidden after an escape of JSON: %s', (hidden) => {
    expect(masker.text(hidden.replace('***', 'Ana'))).toBe(hidden);
  });

  it('leaves longer words that contain its letters readable', () => {
    const longer = String.raw`Banana, analysis, luzia, \nanas, buana, nana, u00a0ana`;
    expect(masker.text(longer)).toBe(longer);
  });
});

describe('a concealed number', () => {
  const masker = createMasker([[personalNumber('41 99999-8888'), personalNumber('33334444')]]);

  it.each([
    '999998888',
    '9999-8888',
    '99998888',
    '3333-4444',
    '3333%204444',
    '3333.4444',
    '3333_4444',
    '3333/4444',
    '3333&nbsp;4444',
    '3333%C2%A04444',
    '3333%25204444',
    '3333\u00a04444',
    '3333\u20134444',
    '3333&#160;4444',
    '3333&#xA0;4444',
    '3333%A04444',
    String.raw`3333\u00a04444`,
    String.raw`3333\u20114444`,
    String.raw`3333\/4444`,
    String.raw`3333\\\\u20134444`,
  ])('is hidden without its area code: %s', (written) => {
    expect(masker.text(`n=${written}&x`)).toMatch(/^n=9?\*\*\*&x$/);
  });

  it.each([
    ['is hidden twice if it stands there twice in a row', '9999888899998888', '******'],
    ['is hidden after digits that begin like it', '9999 99998888', '9999 ***'],
    ['does not hide its halves in other numbers', '9999 1111 8888', '9999 1111 8888'],
  ])('%s', (_name, written, shown) => {
    expect(masker.text(`n=${written}&x`)).toBe(`n=${shown}&x`);
  });

  it('that is not a phone number is hidden at each occurrence', () => {
    expect(createMasker([['482913']]).text('a=482913&b=482913')).toBe('a=***&b=***');
  });

  it.each(['33334444', '77773333', '37373737'])(
    'is hidden in Base64 at each of the three offsets: %s',
    (number) => {
      for (const before of ['', '|', '||'])
        expect(createMasker([[number]]).text(`?b=${base64(before + number)}`)).toContain('***');
    },
  );

  /** Random numbers of this length. */
  const numberOf = (digits: number) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: digits, maxLength: digits })
      .map((each) => each.join(''));

  it.each([4, 5, 6, 7, 8, 9, 10, 11, 12, 15])('of %i digits is hidden in hexadecimal', (length) => {
    fc.assert(
      fc.property(numberOf(length), (number) => {
        const hex = Buffer.from(number).toString('hex');
        const { text } = createMasker([[number]]);
        expect(text(`?h=${hex}&u=${hex.toUpperCase()}`)).toBe('?h=***&u=***');
      }),
      { numRuns: 50 },
    );
  });

  // Not for shorter numbers: in Base64, what is left of them looks like any word.
  it.each([6, 7, 8, 9, 10, 11, 12, 15])(
    'of %i digits is hidden in Base64 at any offset',
    (length) => {
      fc.assert(
        fc.property(numberOf(length), fc.nat(5), fc.nat(3), (number, before, behind) => {
          const inside = base64(`${'|'.repeat(before)}${number}${'|'.repeat(behind)}`);
          expect(createMasker([[number]]).text(`?b=${inside}`)).toContain('***');
        }),
        { numRuns: 50 },
      );
    },
  );
});

it('the name, CPF, phone number and text parameters of a contact are hidden; its id and its numeric parameters stay readable, so that it can be found', () => {
  const { text } = createMasker([
    personalValues({
      contactId: '7001',
      name: 'Maria Souza',
      cpf: '05299822478',
      phones: [{ areaCode: '41', number: '999998888' }],
      parameters: { padrinho: 'Lima', parcela: 3, contrato: 70_015_500 },
    }),
  ]);
  const sent = 'id=7001&a=Maria+Souza&b=05299822478&c=5299822478&d=999998888&e=Lima&f=3&g=70015500';
  expect(text(sent)).toBe('id=7001&a=***&b=***&c=***&d=9***&e=***&f=3&g=70015500');
});

describe('a password', () => {
  it.each(['md5', 'sha256'])(
    'is hidden in the form of its %s hash, which is as good as the password itself',
    (algorithm) => {
      const hashed = createHash(algorithm).update('s3nh4-do-pabx').digest('hex');
      expect(createMasker([['s3nh4-do-pabx']]).text(`?h=${hashed.toUpperCase()}`)).toBe('?h=***');
    },
  );
});

describe('a short concealed value', () => {
  const masker = createMasker([['a1', '', '  ', 'x&y']]);

  it.each([
    ['key a1 end', 'key *** end'],
    ['{"k":"a1"}', '{"k":"***"}'],
    ['?k=a1&z=1', '?k=***&z=1'],
    ['k=%20a1%20', 'k=%20***%20'],
    ['k=x%26y;', 'k=***;'],
  ])('is hidden if it stands alone: %j', (text, expected) => {
    expect(masker.text(text)).toBe(expected);
  });

  it('is not hidden inside longer words, because that would mask half of every text', () => {
    expect(masker.text('extra1 a1b data12 proxy&ya')).toBe('extra1 a1b data12 proxy&ya');
  });
});

describe('a value that was not named to the masker', () => {
  const masker = createMasker([]);

  it.each([
    ['{"senha": "abc\\"def", "ok": 1}', '{"senha": "***", "ok": 1}'],
    ['{"token":12345,"ok":1}', '{"token":"***","ok":1}'],
    ['{"clientName":"Maria"}', '{"clientName":"***"}'],
    ['{"name":"cut off in the mid', '{"name":"***"'],
    [
      JSON.stringify({ error: '{"nome":"Maria \\"M\\" Souza", "ok": 1}', x: 1 }),
      String.raw`{"error":"{\"nome\":\"***\", \"ok\": 1}","x":1}`,
    ],
    [
      JSON.stringify({ error: JSON.stringify({ sent: '{"senha":"a,b","ok":1}' }) }),
      String.raw`{"error":"{\"sent\":\"{\\\"senha\\\":\\\"***\\\",\\\"ok\\\":1}\"}"}`,
    ],
    [
      JSON.stringify([JSON.stringify([JSON.stringify([JSON.stringify({ senha: 'a', ok: 1 })])])]),
      JSON.stringify([JSON.stringify([JSON.stringify([JSON.stringify({ senha: '***', ok: 1 })])])]),
    ],
    [String.raw`"{\"token\":123,\"nome\":\"cut`, String.raw`"{\"token\":\"***\",\"nome\":\"***\"`],
    ['user=7&password=abc&x=1', 'user=7&password=***&x=1'],
    ['https://h/p?api_key=abc&x=1', 'https://h/p?api_key=***&x=1'],
    ['access_token=abc', 'access_token=***'],
    ['id=7&nome=Maria da Silva&x=1', 'id=7&nome=***&x=1'],
    ['contato=7:nome=Maria da Silva:fila=3', 'contato=7:nome=***:fila=3'],
    ['ERROR: token=abc is wrong', 'ERROR: token=*** is wrong'],
    ['id => 7\nnome => Maria da Silva\r\nfila => 3', 'id => 7\nnome => ***\r\nfila => 3'],
    [
      'Response: Success\r\nFirst_Name: Maria\r\nQueue: 3',
      'Response: Success\r\nFirst_Name: ***\r\nQueue: 3',
    ],
    [
      '--B\r\nContent-Disposition: form-data; name="nome"\r\nContent-Type: text/plain\r\n\r\nMaria\r\n--B',
      '--B\r\nContent-Disposition: form-data; name="nome"\r\nContent-Type: text/plain\r\n\r\n***\r\n--B',
    ],
    ['<c id="7"><nome>Maria da Silva</nome><q>3</q></c>', '<c id="7"><nome>***</nome><q>3</q></c>'],
    ['<a:Nome x="1"><![CDATA[Maria]]></a:Nome>', '<a:Nome x="1">***</a:Nome>'],
    ['<c id="7" nome="Maria da Silva" q=\'3\'/>', '<c id="7" nome="***" q=\'3\'/>'],
    ['{"nome":["Maria","Ana"],"senha":{"a":"b"},"ok":1}', '{"nome":"***","senha":"***","ok":1}'],
    ['{"cliente":{"nome":"Maria","id":7}}', '{"cliente":{"nome":"***","id":7}}'],
    ['{"sent":"fila=3&nome=Maria"}', '{"sent":"fila=3&nome=***"}'],
    ["{'nome': 'Maria', 'fila': 3}", "{'nome': ***, 'fila': 3}"],
    ['    [nome] => Maria Silva\n    [fila] => 3\n', '    [nome] => ***\n    [fila] => 3\n'],
    ['lead[first_name]=Maria&lead[q]=3', 'lead[first_name]=***&lead[q]=3'],
    [
      'json=%7B%22nome%22%3A%22Maria%22%2C%22q%22%3A3%7D',
      'json=%7B%22nome%22%3A***%2C%22q%22%3A3%7D',
    ],
    ['json=%7B%22senha%22%3A123456%2C%22q%22%3A3%7D', 'json=%7B%22senha%22%3A***%2C%22q%22%3A3%7D'],
    ['json={%22nome%22:%22Maria%22,%22q%22:3}', 'json={%22nome%22:***,%22q%22:3}'],
    [
      'json=%7B%22nome%22%3A%22Maria%20%5C%22Nina%5C%22%20Souza%22%2C%22q%22%3A3%7D',
      'json=%7B%22nome%22%3A***%2C%22q%22%3A3%7D',
    ],
    [
      'json=%22%7B%5C%22nome%5C%22%3A%5C%22Maria%5C%22%2C%5C%22q%5C%22%3A3%7D%22',
      'json=%22%7B%5C%22nome%5C%22%3A***%2C%5C%22q%5C%22%3A3%7D%22',
    ],
    [
      'json=%257B%2522nome%2522%253A%2522Maria%2522%252C%2522q%2522%253A3%257D',
      'json=%257B%2522nome%2522%253A***%252C%2522q%2522%253A3%257D',
    ],
    ['to=%3Fnome%3DMaria%26q%3D3', 'to=%3Fnome%3D***%26q%3D3'],
    ['id=7\nnome=Silva, Maria\nfila=3', 'id=7\nnome=***\nfila=3'],
    ['&lt;nome&gt;Maria&lt;/nome&gt;', '&lt;nome&gt;***&lt;/nome&gt;'],
    ['https://h/back#access_token=abc&q=3', 'https://h/back#access_token=***&q=3'],
    ['https://h/;jsessionid=ABC', 'https://h/;jsessionid=***'],
    ['X-Api-Key: k\r\nCookie: a=1; b=2\r\nHost: h', 'X-Api-Key: ***\r\nCookie: ***\r\nHost: h'],
  ])('is hidden because of the name of its field: %j', (text, expected) => {
    expect(masker.text(text)).toBe(expected);
  });

  const personalNames =
    'nome_mae, nomeMae, nm_cliente, lead_name, callerName, party_caller_name, DisplayName, razaoSocial, Razão Social, Nome do cliente, devedor_nome, mãe, cônjuge, endereço, logradouro, bairro, postal_code, data_nascimento, dateOfBirth, comments, observação, Observações, OBSERVAÇÃO, nr_cpf, cpf2, email1, lead[first_name]';
  const secretNames =
    'x-api-key, accessToken, id_token, agent_pass, userPassword, senha_api, senha do usuário, client-secret, PHPSESSID, sessionId, chave, segredo, jwt';
  const names = `${personalNames}, ${secretNames}`.split(', ');
  describe.each(names)('in a field named %s', (name) => {
    const latin1 = (encode: (sign: string) => string) =>
      Array.from(name, (sign) =>
        sign >= '\u00a0' && sign <= '\u00ff'
          ? `%${Buffer.from(sign, 'latin1').toString('hex').toUpperCase()}`
          : encode(sign),
      ).join('');
    const inQuery = encodeURIComponent(name);
    const inForm = new URLSearchParams([[name, '']]).toString().slice(0, -1);
    const namesInForm = [
      // A blank is encoded by whoever writes a form.
      ...(name.includes(' ') ? [] : [name, name.normalize('NFD')]),
      inQuery,
      inForm,
      latin1(encodeURIComponent),
      inQuery.replace(/%../g, lowerCased),
    ];

    it('is hidden in JSON', () => {
      const expected = JSON.stringify({ [name]: '***', fila: 3 });
      expect(masker.text(JSON.stringify({ [name]: 'Maria', fila: 3 }))).toBe(expected);
    });

    it('is hidden in JSON that is written in ASCII, also inside a string of JSON', () => {
      const object = (value: string) => `{${asciiJson(name)}:"${value}","fila":3}`;
      expect(masker.text(object('Maria'))).toBe(object('***'));
      const inside = (value: string) => JSON.stringify({ sent: object(value) });
      expect(masker.text(inside('Maria'))).toBe(inside('***'));
    });

    it('is hidden in a form, in UTF-8 and in Latin-1', () => {
      for (const written of namesInForm)
        for (const [before, behind] of [
          ['', '&x=1'],
          ['fila=3&', '&x=1'],
          ['https://h/p?', ''],
          ['{"sent":"fila=3&', '"}'],
        ] as const)
          expect(masker.text(`${before}${written}=Maria${behind}`)).toBe(
            `${before}${written}=***${behind}`,
          );
    });

    it('is hidden in an address or JSON inside a form', () => {
      const address = (value: string) =>
        `to=${encodeURIComponent(`?q=3&${inQuery}=`)}${value}%26q%3D3&x=1`;
      const object = (value: string) => `json=%7B%22${inQuery}%22%3A${value}%2C%22q%22%3A3%7D`;
      for (const inCase of [String, (text: string) => text.replace(/%../g, lowerCased)]) {
        expect(masker.text(inCase(address('Maria')))).toBe(inCase(address('***')));
        expect(masker.text(inCase(object('%22Maria%22')))).toBe(inCase(object('***')));
      }
    });

    it('is hidden in a curl command to copy', () => {
      const curl = (value: string) =>
        toCurl({
          method: 'POST',
          url: `https://h/p?fila=3&${inQuery}=${value}`,
          headers: {},
          body: `${inForm}=${value}&x=1`,
        });
      expect(masker.text(curl('Maria'))).toBe(curl('***'));
    });
  });

  it.each([
    ['<observação>Maria</observação>', '<observação>***</observação>'],
    ['&lt;observação&gt;Maria&lt;/observação&gt;', '&lt;observação&gt;***&lt;/observação&gt;'],
    ['<c endereço="Rua Um, 7" q="3"/>', '<c endereço="***" q="3"/>'],
    ['nome=José da Silva&fila=3', 'nome=***&fila=3'],
    ['Observação=Ligar às três&fila=3', 'Observação=***&fila=3'],
    ['fila=3;endereço=Rua Um', 'fila=3;endereço=***'],
  ])('is hidden because of the accented name of its field, or to its end: %j', (text, expected) => {
    expect(masker.text(text)).toBe(expected);
  });

  it.each([
    'situação=Não atendida&código=17&duração=30&ligação=1732451234.56&fila=Cobrança',
    'situa%C3%A7%C3%A3o=N%C3%A3o+atendida&c%C3%B3digo=17&fila=Cobran%C3%A7a',
    'situa%E7%E3o=N%E3o+atendida&c%F3digo=17',
    '{"situa\\u00e7\\u00e3o":"N\\u00e3o atendida"}',
    'erro: parâmetro=ramal é inválido, observação é obrigatória',
    '<situação>Não atendida</situação>',
    'status%5B0%5D=ok&fila%5Bid%5D=7&100%25=1',
    'to=%3Fsitua%25C3%25A7%25C3%25A3o%3Dok%26status%3Dok',
  ])('stays readable in an accented or encoded field that is not personal: %s', (text) => {
    expect(masker.text(text)).toBe(text);
  });

  it.each([
    ['sent "Authorization: Token abc"', 'sent "Authorization: ***"'],
    ['you sent Basic dXNlcjpwdzEyMw==', 'you sent Basic ***'],
    ['no such Bearer abc.def-ghi', 'no such Bearer ***'],
    ['x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc y', 'x *** y'],
    ['at https://user:s3nh4@pabx.example/x', 'at https://***@pabx.example/x'],
    ['AUTHORIZATION: TOKEN ABC', 'AUTHORIZATION: ***'],
    ['no such BEARER ABC.DEF-GHI', 'no such BEARER ***'],
    ['?to=maria.silva%40mail.example.br&x=1', '?to=***&x=1'],
    ['to maria.silva@mail.example.br and 1001@pabx.example', 'to *** and 1001@pabx.example'],
  ])(
    'is hidden because it has the form of a credential or an e-mail address: %j',
    (text, expected) => {
      expect(masker.text(text)).toBe(expected);
    },
  );

  const inside = '{"fila":3,"nome":"Maria","tel":"(41) 99999-8888"}';
  it.each(
    Object.entries({
      'a number in Base64': base64('41999998888'),
      'a number in hexadecimal': Buffer.from('(41) 3333-4444').toString('hex'),
      'a CPF in upper-case hexadecimal': Buffer.from('x=529.982.247-25').toString('hex'),
      'JSON in Base64': base64(inside),
      'JSON in Base64 in an address': encodeURIComponent(base64(`${inside}>>??`)),
      'JSON in Base64 that begins with signs, in an address': encodeURIComponent(
        base64(`???>>>${inside}`),
      ),
      'JSON in Base64 for addresses': Buffer.from(`${inside}>>??`).toString('base64url'),
      'a form in Base64': base64('id=7&cliente=Ana&x=1'),
    }),
  )('is hidden if it is personal data in an encoded form: %s', (_how, encoded) => {
    for (const [before, behind] of [
      ['?data=', '&x=1'],
      ['/calls/7/', ' HTTP/1.1'],
      ['"data":"', '"'],
    ] as const)
      expect(masker.text(`${before}${encoded}${behind}`)).toBe(`${before}***${behind}`);
  });

  it.each([
    `"id":"${base64('call 7 of queue 3')}"`,
    '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    '/v1/telephony-proxy/atendimentodiscador/Queue3',
    'sha256 9307b3b915efb5171ff14d8cb55fbcc798c6c0ef1456d66ded1a6aa723a58b7b',
    `"hex":"${Buffer.from('queue 3 is not there').toString('hex')}"`,
  ])('stays readable if it only looks encoded, or decodes to nothing personal: %s', (text) => {
    expect(masker.text(text)).toBe(text);
  });

  it.each([
    ['call 41999998888 now', '41999998888'],
    ['num=%2B55%2041%2099999-8888', '99999-8888'],
    ['{"phone":"+55 (41) 99999-8888"}', '99999-8888'],
    ['cpf 529.982.247-25', '529.982.247-25'],
    ['cpf 52998224725', '52998224725'],
  ])('is hidden because it has the form of a phone number or a CPF: %j', (text, secret) => {
    expect(masker.text(text)).not.toContain(secret);
  });

  it.each([
    ['tabs', 'id\tfirst_name\tstatus\n7\tMaria\tANSWERED\n8\t\tBUSY\n'],
    ['semicolons and CRLF', 'ID;Nome;status\r\n7;Maria;ANSWERED\r\n8;;BUSY\r\n'],
    ['quotes', 'id,"nome",status\n7,"Maria ""M"", da\nSilva",ANSWERED\n8,,BUSY\n'],
    ['a name at the end', 'id|status|nome\n7|ANSWERED|Maria\n8|BUSY|'],
    ['a title above', 'Relatório\n\nid;nome;status\n7;Maria;ANSWERED\n8;;BUSY'],
    ['the end cut off', 'id,nome,status\n7,"Maria da'],
  ])('is hidden in a table because of the name of its column: %s', (_how, table) => {
    const masked = masker.text(table);
    expect(masked).not.toMatch(/Maria|Silva/);
    expect(masked).toContain('***');
    const kept = ['ANSWERED', 'BUSY', 'status', 'nome', '7'].filter((text) => table.includes(text));
    expect(kept.filter((text) => !masked.includes(text))).toEqual([]);
  });

  it('is hidden in a header because of the name of the header', () => {
    const headers = {
      authorization: 'Bearer abc',
      'set-cookie': 'sid=abc',
      'x-api-key': 'abc',
      'x-auth-token': 'abc',
      'x-signature': 'abc',
      'x-auth': 'abc',
      senha: 'abc',
      'www-authenticate': 'abc',
      'x-session-data': 'abc',
      'x-credential-id': 'abc',
      'x-signature-v2': 'abc',
      'content-type': 'application/json',
    };
    expect(masker.headers(headers)).toEqual({
      ...Object.fromEntries(Object.keys(headers).map((name) => [name, '***'])),
      'content-type': 'application/json',
    });
  });

  it('stays readable if it is neither personal nor secret', () => {
    const text = '{"status":"ok","callId":"1732451234.56","queue":"7","surname_count":2}';
    expect(masker.text(text)).toBe(text);
  });
});

describe('a random concealed value in any encoding', () => {
  const signs = fc.constantFrom(...Array.from(' &<>"\'/\\%+=?#;:.*()[]{}^$|-_~!@,áçÃé€🔑\n\t'));
  const letters = fc.constantFrom(...Array.from('abcXYZ059'));
  const value = fc
    .array(fc.oneof(letters, signs), { minLength: 4, maxLength: 24 })
    .map((characters) => `k${characters.join('')}z`);

  it('does not appear in the masked text', () => {
    fc.assert(
      fc.property(
        value,
        fc.constantFrom(...Object.entries(encodings)),
        fc.constantFrom('', '{"x":"', '?q=', 'texto '),
        (secret, [, encode], before) => {
          const encoded = encode(secret);
          const masked = createMasker([[secret]]).text(`${before}${encoded}|end`);
          expect(masked).not.toContain(encoded);
          expect(masked).toContain('***');
        },
      ),
      { numRuns: 600 },
    );
  });
});

describe('a hostile text of a megabyte', () => {
  const masker = createMasker([
    [
      'Maria da Silva',
      'tok_4f9a',
      `${'\\'.repeat(40)}x`,
      `${'\\"/'.repeat(20)}x`,
      '&amp;&amp;&amp;&amp;x',
      '%25%25%25%25%25x',
      `${' '.repeat(30)}x`,
      '41999998888',
    ],
  ]);

  it.each<[string, string, string?, string?]>([
    ['digits', '4199999'],
    ['digits and blanks', '4 1 9-'],
    ['brackets', '(((('],
    ['backslashes', '\\'],
    ['escaped quotes', '\\\\\\"\\/'],
    ['percent signs', '%25'],
    ['ampersands', '&amp;'],
    ['blanks', ' '],
    ['names of fields', '"name":'],
    ['names of fields that never end', '"name"  '],
    ['one value that never ends', 'a', '"name":"'],
    ['half a value', 'Maria da Silv'],
    ['form fields', '&token'],
    ['personal form fields', ':nome='],
    ['accented form fields', '&observação=a'],
    ['names of form fields that never end', '&observação'],
    ['encoded form fields', '&observa%C3%A7%C3%A3o=a'],
    ['names of encoded form fields that never end', '%C3%A7'],
    ['names in ASCII', '"observa\\u00e7\\u00e3o":a'],
    ['names in ASCII that never end', '"\\u00e7'],
    ['names in ASCII inside strings that never end', '\\"\\\\u00e7'],
    ['lines', '\nnome   '],
    ['parts', 'form-data; name="nome"\n'],
    ['elements', '<nome ', '', '</'],
    ['accented elements', '<observação:ç', '', '</'],
    ['elements that never end', '<nome><![CDATA[', '', '</'],
    ['attributes', ' nome="'],
    ['fields that are not personal', '"x":a'],
    ['lists that never end', '"nome":["a",'],
    ['signs of mail', 'a.b@'],
    ['words before a sign of mail', 'ab.', '', '@'],
    ['credentials', 'Bearer '],
    ['encoded quotes', '%22'],
    ['encoded quotes and backslashes', '%5C%22'],
    ['encoded names that never end', '%22nome'],
    ['encoded fields of JSON', '%22nome%22%3A%22'],
    ['entities of entities', '&amp;#53;'],
    ['soft line ends', '9=\n'],
    ['encoded fields', '=nome%3D'],
    ['Base64', 'NDE5OTk5/'],
    ['words of Base64', 'NDE5OTk5OTk4 '],
    ['hexadecimal', '34313939 '],
    ['an encoded path', '%2FNDE5'],
    ['a table', '7;Maria\n', 'id;nome\n'],
    ['a table of quotes', '"', 'id;nome\n'],
  ])(
    'is masked in a time that grows with its length, not with the square of it: %s',
    (_, repeated, before = '', behind = '') => {
      const msOf = (length: number) => {
        const text = `${before}${repeated.repeat(length / repeated.length)}${behind}`;
        const begun = process.threadCpuUsage();
        masker.text(text);
        return process.threadCpuUsage(begun).user / 1000;
      };
      // What takes less than ten milliseconds is too short to be measured.
      let shorter = 10;
      for (const length of [16_000, 128_000, 1_024_000]) {
        const ms = Math.max(msOf(length), 10);
        // Eight times as long if it is linear, 64 times if it is quadratic.
        expect(ms).toBeLessThan(32 * shorter);
        shorter = ms;
      }
    },
  );
});

describe('a file inside an answer', () => {
  it('is not shown, because it may be a recorded voice', () => {
    const voice = Buffer.alloc(900, 'voice').toString('base64');
    const { text } = createMasker([]);
    expect(text(`{"name":"x.wav","audio":"${voice}"}`)).toBe('{"name":"***","audio":"[file]"}');
    expect(text(`{"audio":"${voice.slice(0, 700)}`)).toBe('{"audio":"[file]');
  });
});
