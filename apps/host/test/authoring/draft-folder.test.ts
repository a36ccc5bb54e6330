import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { bundledAdapters } from '../../src/adapters.ts';
import { writeDraft } from '../../src/authoring/draft-files.ts';
import { readDraftFolder } from '../../src/authoring/earlier-draft.ts';
import { StartError } from '../../src/environment.ts';
import { importCurl } from '../../src/authoring/import-curl.ts';
import { playSamples } from '../../src/authoring/play-samples.ts';
import { checkDocument } from '../../src/tenants/check-document.ts';

const adapters = new Map(bundledAdapters.map((adapter) => [adapter.id, adapter]));

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-draft-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'draft');
}

/** As `finaz-telephony import curl --out` does it. */
async function importInto(out: string, command: string, reply?: string, tenant = '77') {
  const folder = await readDraftFolder(out, tenant);
  const imported = await importCurl(command, {
    adapters,
    readFile: (name) => Promise.reject(new Error(`${name} is not there`)),
    tenant,
    connection: 'dialer',
    reply,
    folder,
  });
  return writeDraft(out, imported, folder);
}

const call = `curl -H 'Authorization: Bearer t0k3n-abc' 'https://pbx.example/calls' -d 'ramal=1001&numero=41999998888'`;
const transfer = `curl -H 'Authorization: Bearer t0k3n-abc' 'https://pbx.example/transfer' -d 'ramal=1001&destino=1002&id_ligacao=c-1'`;
const recording = `curl 'https://rec.example/gravacoes/c-1.mp3?token=0ther-999'`;

const text = (folder: string, name: string) => readFile(join(folder, name), 'utf8');

describe('a folder of drafts', () => {
  it('replays a kept notification with the events and the answer that it had, and an unusable one with the error that it had', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'test'), { recursive: true });
    const settings = {
      variables: { secret: '${secret:callback}' },
      answeredCall: {
        signature: { given: '{{ header.x-sig }}', expected: '{{ text | hmac: variables.secret }}' },
        fields: {
          number: '{{ body.to }}',
          callId: '{{ body.id }}',
          extension: '{{ query.ramal }}',
        },
        answer: { text: 'OK' },
      },
    };
    const connections = { dialer: { adapter: 'generic-http', settings } };
    const document = { id: '77', name: 'A', connections, features: { answeredCall: 'dialer' } };
    await writeFile(join(folder, 'tenant.yaml'), JSON.stringify(document));
    const sample = {
      connection: 'dialer',
      feature: 'answeredCall',
      input: { url: '?ramal=1001', body: '{"to":"41999990001","id":"c-1"}' },
      exchanges: [],
      result: {
        events: [{ number: '41999990001', callId: 'c-1', extension: '1001' }],
        answer: { status: 200, body: 'OK' },
      },
    };
    const unusable = { ...sample, input: {}, result: { error: { code: 'invalid_input' } } };
    const samples = [sample, unusable];
    await writeFile(join(folder, 'test/exchanges.json'), JSON.stringify({ samples }));
    const played = await playSamples(folder);
    expect(played).toHaveLength(2);
    for (const one of played) expect(one.played).toEqual(one.kept);
  });

  it('holds document, secrets, samples and test, and the secrets only in secrets.yaml, for its owner only', async () => {
    const folder = await newFolder();
    await importInto(folder, call, '{"ok":true,"id":77,"nome":"Maria Real","fone":"41988887777"}');
    expect((await stat(join(folder, 'secrets.yaml'))).mode & 0o777).toBe(0o600);
    expect(parse(await text(folder, 'secrets.yaml'))).toEqual({
      '77': { dialerToken: 't0k3n-abc' },
    });
    const others = await Promise.all(
      ['tenant.yaml', 'test/exchanges.json', 'test/connection.test.ts'].map((name) =>
        text(folder, name),
      ),
    );
    expect(others.join('\n')).not.toMatch(/t0k3n-abc|999998888|Maria|988887777/);
  });

  it('takes a further command as a further feature, and uses the secret that it already has for the same credential', async () => {
    const folder = await newFolder();
    await importInto(folder, call, '{"ok":true,"id":77}');
    const before = await text(folder, 'tenant.yaml');
    await writeFile(
      join(folder, 'tenant.yaml'),
      before.replace('name: Company 77', 'name: Cobranca Sul # by hand'),
    );
    await importInto(folder, transfer);
    await importInto(folder, recording);
    const document = await text(folder, 'tenant.yaml');
    expect(document).toContain('name: Cobranca Sul # by hand');
    expect(checkDocument(parse(document), adapters).issues).toEqual([]);
    expect(parse(document)).toMatchObject({
      connections: {
        dialer: {
          settings: {
            baseUrl: 'https://pbx.example',
            variables: { token: '${secret:dialerToken}', token2: '${secret:dialerToken2}' },
            transfer: { request: { headers: { Authorization: 'Bearer {{ variables.token }}' } } },
            recording: {
              request: {
                url: 'https://rec.example/gravacoes/{{ callId }}.mp3',
                query: { token: '{{ variables.token2 }}' },
              },
            },
          },
        },
      },
      features: { click2call: 'dialer', transfer: 'dialer', recording: 'dialer' },
    });
    expect(parse(await text(folder, 'secrets.yaml'))).toEqual({
      '77': { dialerToken: 't0k3n-abc', dialerToken2: '0ther-999' },
    });
  });

  it('replays its samples as they were kept, and shows what a changed document does differently', async () => {
    const folder = await newFolder();
    await importInto(folder, call, '{"ok":true,"id":77}');
    await importInto(folder, recording);
    const played = await playSamples(folder);
    expect(played.map(({ feature }) => feature)).toEqual(['click2call', 'recording']);
    for (const sample of played) expect(sample.played).toEqual(sample.kept);
    expect(played.map(({ kept }) => kept.result)).toEqual([
      { callId: '77', captures: {} },
      { status: 200, contentType: 'audio/wav' },
    ]);
    const document = await text(folder, 'tenant.yaml');
    await writeFile(join(folder, 'tenant.yaml'), document.replace('reply.id', 'reply.uuid'));
    const [changed] = await playSamples(folder);
    expect(changed?.played.result).toMatchObject({ error: { code: 'unreadable_response' } });
  });

  it('refuses a feature that it already has, and a command for another company', async () => {
    const folder = await newFolder();
    await importInto(folder, call);
    await expect(importInto(folder, call)).rejects.toThrow(
      'has click2call of connection dialer already',
    );
    await expect(importInto(folder, transfer, undefined, '78')).rejects.toThrow(
      'is of company 77, not 78',
    );
  });
});

describe('secrets.yaml of a folder of drafts', () => {
  const others = `# of the host\n"78": { pabx: s3gr3d0 } # by hand\n77:\n  dialerToken: 't0k3n-abc' # until May\n`;

  it('keeps the secrets of other companies, and what people have written in it', async () => {
    const folder = await newFolder();
    await importInto(folder, call);
    await writeFile(join(folder, 'secrets.yaml'), others);
    await importInto(folder, transfer.replace('destino', 'senha=outra-1&destino'));
    expect(await text(folder, 'secrets.yaml')).toBe(`${others}  dialerSenha: outra-1\n`);
    expect((await stat(join(folder, 'secrets.yaml'))).mode & 0o777).toBe(0o600);
  });

  it('may exist before the first command, unless it has another value for the same secret', async () => {
    const folder = await newFolder();
    await mkdir(folder);
    await writeFile(join(folder, 'secrets.yaml'), others);
    await expect(importInto(folder, call.replace('t0k3n-abc', 'another'))).rejects.toThrow(
      'has another dialerToken of company 77',
    );
    await importInto(folder, call);
    expect(await text(folder, 'secrets.yaml')).toBe(others);
  });

  it('is reported with the place of a mistake, and never with a value', async () => {
    const folder = await newFolder();
    await importInto(folder, call);
    for (const wrong of ['"77": { dialerToken: 123456 }\n', '"77": { dialerToken: "123456\n']) {
      await writeFile(join(folder, 'secrets.yaml'), wrong);
      const told = await importInto(folder, transfer).catch((error: unknown) => error);
      expect(told).toBeInstanceOf(StartError);
      expect(String(told)).toMatch(/secrets\.yaml: (?!.*123456)/);
    }
  });

  it('is not written if another file of the draft exists already', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'test'), { recursive: true });
    await writeFile(join(folder, 'test/connection.test.ts'), '// mine');
    await expect(importInto(folder, call)).rejects.toThrow('is there already');
    expect(await readdir(folder)).toEqual(['test']);
  });
});

describe('recognising values', () => {
  const drafted = async (command: string, reply?: string) => {
    const imported = await importCurl(command, {
      adapters,
      readFile: () => Promise.reject(new Error('no file')),
      tenant: '77',
      connection: 'dialer',
      reply,
    });
    return imported;
  };

  it('reads the placeholders of a manual as the values that belong in their places', async () => {
    const { notes } = await drafted(
      `curl "https://pbx.example/dial/{ramal}?numero=<numero>&fila=:fila&api_key=YOUR_API_KEY&user={{operador}}"`,
    );
    expect(
      Object.fromEntries(notes.recognised.map(({ place, template }) => [place, template])),
    ).toEqual({
      url: '{{ extension }}',
      'query.numero': '{{ areaCode }}{{ number }}',
      'query.fila': '{{ queue }}',
      'query.user': '{{ extension }}',
    });
    expect(notes.secrets).toMatchObject([{ name: 'dialerApiKey' }]);
  });

  it('takes no placeholder of a manual for a credential, and no credential for a placeholder', async () => {
    const { notes } = await drafted(
      `curl -H 'Authorization: Bearer <seu_token>' -H 'X-Api-Key: {api_key}' 'https://pbx.example/x?key=%KEY%&pwd=%25abc'`,
    );
    expect(notes.secrets.map(({ name, value }) => [name, value])).toEqual([
      ['dialerSeuToken', undefined],
      ['dialerKey', undefined],
      ['dialerPwd', '%abc'],
      ['dialerApiKey', undefined],
    ]);
    const { notes: login } = await drafted(
      `curl -u 'finaz::senha' https://pbx.example/calls -d 'ramal=1001&fone=4133334444'`,
    );
    expect(login.secrets).toMatchObject([{ name: 'dialerPassword', value: ':senha' }]);
  });

  it('takes an XML body whose number in an entity is no character', async () => {
    const { yaml } = await drafted(
      `curl https://pbx.example/x -H 'Content-Type: text/xml' -d '<Discar><ramal>1001</ramal><obs>&#9999999;&#65;</obs></Discar>'`,
    );
    expect(yaml).toContain('<ramal>{{ extension | xml }}</ramal><obs>&#9999999;&#65;</obs>');
  });

  it('parses a query and a form with a single percent sign in them', async () => {
    const { yaml, sample } = await drafted(
      `curl 'https://pbx.example/calls?token=t0k3n-abc&ramal=%RAMAL%&obs=100%' -d 'fone=41999998888&desc=5%+a'`,
    );
    expect(parse(yaml)).toMatchObject({
      connections: {
        dialer: {
          settings: {
            click2call: {
              request: {
                url: '/calls',
                query: { token: '{{ variables.token }}', ramal: '{{ extension }}', obs: '100%' },
                body: { form: { fone: '{{ areaCode }}{{ number }}', desc: '5% a' } },
              },
            },
          },
        },
      },
    });
    expect(yaml + JSON.stringify(sample)).not.toMatch(/t0k3n|999998888/);
  });

  it('takes a shell variable for a secret without a value, and a placeholder of another tool for a value to fill in', async () => {
    const { notes, yaml } = await drafted(
      `curl "{{baseUrl}}/calls" -H "Authorization: Bearer $API_TOKEN" -d "empresa={{empresa}}&ramal=1001&numero=41999998888"`,
    );
    expect(notes.secrets).toMatchObject([{ name: 'dialerApiToken', value: undefined }]);
    expect(parse(yaml)).toMatchObject({
      connections: {
        dialer: {
          settings: {
            baseUrl: '{{ variables.baseUrl }}',
            variables: { baseUrl: 'https://fill-in.example', empresa: 'FILL-IN' },
          },
        },
      },
    });
    expect(notes.warnings.filter((warning) => warning.includes('fill it in'))).toHaveLength(2);
  });

  it('keeps data of a person out of the draft, and asks the caller for what the feature has no value for', async () => {
    const { notes, yaml } = await drafted(
      `curl https://pbx.example/calls --json '{"ramal":"1001","numero":"41999998888","cpf":"529.982.247-25","nome":"Maria Real","email":"maria@real.example"}'`,
    );
    expect(yaml).not.toMatch(/529\.982|Maria|maria@/);
    expect(notes.recognised.map(({ template }) => template)).toContain(
      '{{ parameters.email | default: "" }}',
    );
  });

  it('leaves no name, address or birthday in the draft: not in a header, and not in a reply that repeats it', async () => {
    const { yaml, sample } = await drafted(
      `curl https://pbx.example/contacts -H 'X-Trace: Maria Real' --json '{"id":"7001","nome":"Maria Real","endereco":"Rua Real 1","nascimento":"01/02/1980","fila":"7"}'`,
      'HTTP/1.1 200 OK\nLocation: https://pbx.example/?token=t0k3n&nome=Maria\n\n{"ok":true,"message":"MARIA REAL entrou","mae":"Ana Real"}',
    );
    expect(yaml + JSON.stringify(sample)).not.toMatch(/Real|MARIA|Maria|1980|t0k3n/);
    expect(sample.exchanges[0]?.reply.body).toBe('{"ok":true,"message":"*** entrou","mae":"***"}');
  });

  it('warns of a value that would be the same for every contact, and leaves no phone number in the draft', async () => {
    const { notes, yaml } = await drafted(
      `curl https://pbx.example/contacts --json '{"id":"7001","extra1":"41999998888","extra2":"41988887777","valor":"150,00"}'`,
    );
    expect(yaml).not.toMatch(/999998888|988887777/);
    expect(notes.warnings).toContainEqual(
      expect.stringMatching(/^the same for every contact unless you change it: body\.valor;/),
    );
  });

  it('parses JSON with unquoted placeholders and comments', async () => {
    const { notes, yaml, sample } = await drafted(
      `curl "https://{{host}}/calls" -H 'Content-Type: application/json' -d '{
        "ramal": {{ramal}}, // of the operator, "as set up"
        "numero": <numero>, "chave": %CHAVE%, "gravar": {gravar},
        "url": "http://pbx.example/a", /* Maria Real */
        "nome": "Maria Real", "senha": "s3nh4-real",
      }'`,
    );
    expect(parse(yaml)).toMatchObject({
      connections: {
        dialer: {
          settings: {
            variables: { chave: '${secret:dialerChave}', gravar: 'FILL-IN' },
            click2call: {
              request: {
                body: {
                  json: {
                    ramal: '{{ extension | number }}',
                    numero: '{{ phone | phone: "national" | number }}',
                    chave: '{{ variables.chave }}',
                    gravar: '{{ variables.gravar }}',
                    url: 'http://pbx.example/a',
                    nome: '{{ parameters.name | default: "" }}',
                    senha: '{{ variables.senha }}',
                  },
                },
              },
            },
          },
        },
      },
    });
    expect(notes.secrets).toMatchObject([{ value: undefined }, { value: 's3nh4-real' }]);
    expect(yaml + JSON.stringify(sample)).not.toMatch(/Real|s3nh4/);
  });

  it.each([
    ['click2call', 'calls', 'ramal=1001&value=7275551212'],
    ['transfer', 'transfer', 'ramal=1001&x=1002'],
    ['recording', 'gravacao', 'x=abc'],
  ])(
    'warns of a command for %s in which nothing was recognised, so that every request would be the same',
    async (feature, path, data) => {
      const { notes } = await drafted(`curl https://pbx.example/${path} -d '${data}'`);
      expect(notes.warnings.join('\n')).toMatch(
        `${feature}: nothing in the command was recognised`,
      );
    },
  );

  it('warns of a body that cannot be parsed, but not of an empty one', async () => {
    const told = 'body: could not be parsed';
    const { notes } = await drafted(
      `curl https://pbx.example/calls -H 'Content-Type: application/json' -d '{"id":12345678901234567890,"numero":41999998888}'`,
    );
    expect(notes.warnings.join('\n')).toMatch(told);
    const { notes: others } = await drafted(
      `curl 'https://pbx.example/calls?ramal=1&fone=4133334444' -d ''`,
    );
    expect(others.warnings.join('\n')).not.toMatch(told);
  });

  it.each([
    [
      'a key that is the user of -u',
      `-u 'k3y-1:' https://pbx.example/calls`,
      { dialerKey: 'k3y-1' },
    ],
    [
      'a key that is the user of a header',
      `-H 'Authorization: Basic ${Buffer.from('k3y-1:').toString('base64')}' https://pbx.example/calls`,
      { dialerKey: 'k3y-1' },
    ],
    [
      'names that run together, and in Spanish',
      `'https://pbx.example/calls?clientsecret=k3y-1&userpass=k3y-2&accesskey=k3y-3&contrase%C3%B1a=k3y-4'`,
      {
        dialerClientsecret: 'k3y-1',
        dialerUserpass: 'k3y-2',
        dialerAccesskey: 'k3y-3',
        dialerContrasena: 'k3y-4',
      },
    ],
    [
      'a token of the path',
      `https://pbx.example/auth/v1/instances/3C1A2B3D/token/k3y-1A2B3C4D/call`,
      { dialerToken: 'k3y-1A2B3C4D' },
    ],
  ])('turns %s into a secret', async (_, rest, secrets) => {
    const { notes, yaml, sample } = await drafted(`curl ${rest} -d 'ramal=1001&fone=4133334444'`);
    expect(Object.fromEntries(notes.secrets.map(({ name, value }) => [name, value]))).toEqual(
      secrets,
    );
    expect(yaml + JSON.stringify(sample)).not.toMatch(/k3y/);
  });

  it('fetches a recording by the link of an answer, or from its Base64', async () => {
    const command = `curl https://pbx.example/gravacao/c-123456`;
    const linked = await drafted(command, '{"sucesso":true,"url":"https://files.example/a.mp3"}');
    expect(parse(linked.yaml)).toMatchObject({
      connections: {
        dialer: {
          settings: {
            recording: {
              steps: [{ capture: { audio: '{{ reply.url }}' } }],
              request: { url: '{{ captures.audio }}' },
            },
          },
        },
      },
    });
    expect(linked.sample.result).toEqual({ status: 200, contentType: 'audio/wav' });
    const held = await drafted(command, JSON.stringify({ dados: { audio: 'UklGR'.repeat(60) } }));
    expect(held.yaml).toContain("base64: '{{ reply.dados.audio }}'");
  });
});
