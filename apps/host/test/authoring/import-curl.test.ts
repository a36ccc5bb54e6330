import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FeatureName } from '@finaz-telephony/core';
import { ContactSchema } from '@finaz-telephony/core/host';
import { createTestContext } from '@finaz-telephony/testing';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bundledAdapters } from '../../src/adapters.ts';
import { importCurl, type Imported } from '../../src/authoring/import-curl.ts';
import { prepareTrial } from '../../src/trials/prepare-trial.ts';
import { noCalls } from '../../src/trials/trial.ts';
import { createEgress } from '../../src/egress/create-egress.ts';
import { buildConnection } from '../../src/tenants/build-tenant.ts';
import { checkDocument } from '../../src/tenants/check-document.ts';
import { readDocument } from '../../src/tenants/read-document.ts';
import type { Connection } from '../../src/tenants/tenant.ts';
import { AnyObject } from '../support/json.ts';
import { meaningOf, startCaptureServer } from './captured.ts';
import { sentByCurl } from './real-curl.ts';
import { ana, joao, tenCommands, type CopiedCommand } from './ten-commands.ts';

const adapters = new Map(bundledAdapters.map((adapter) => [adapter.id, adapter]));

async function folderWith(files: CopiedCommand['files'] = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-curl-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

function imported(
  { command, feature, reply }: CopiedCommand,
  origin: string,
  folder: string,
): Promise<Imported> {
  return importCurl(command.replaceAll('ORIGIN', origin), {
    adapters,
    readFile: (name) => readFile(join(folder, name)),
    tenant: '1042',
    connection: 'dialer',
    feature,
    reply,
  });
}

/** The connection of a draft, built from its text and the secrets found in the command. */
function connectionOf({ yaml, notes }: Imported): Connection {
  const reading = readDocument(yaml);
  if (!('value' in reading)) throw new Error('the draft is no YAML');
  const { document, issues } = checkDocument(reading.value, adapters);
  expect(issues).toEqual([]);
  const secrets = new Map(notes.secrets.map(({ name, value }) => [name, value]));
  const dialer = document?.connections['dialer'];
  const built =
    dialer && buildConnection('dialer', dialer, { adapters, lookup: (name) => secrets.get(name) });
  if (!built) throw new Error('the draft has no connection');
  return built;
}

const ContactsSchema = v.object({ queue: v.string(), contacts: v.array(ContactSchema) });

/** Runs a feature of a connection through the real egress. */
async function runFeature(connection: Connection, feature: FeatureName, input: unknown) {
  const egress = createEgress({ allow: ['127.0.0.0/8'] });
  onTestFinished(() => egress.close());
  const context = {
    ...createTestContext(),
    fetch: egress.fetchFor(
      {
        tenantId: '1042',
        connection: 'dialer',
        feature,
        limits: connection.limits,
        conceal: [],
        signal: new AbortController().signal,
      },
      () => undefined,
    ),
  };
  const load = v.safeParse(ContactsSchema, input);
  if (load.success && feature === 'contactLoad') {
    const { queue, contacts } = load.output;
    const mailing = { mailingId: 'm-1', queue, parameters: {}, captures: {} };
    return connection.adapter.features.contactLoad?.send(
      {
        mailing,
        contacts: (async function* () {
          yield* contacts;
        })(),
      },
      context,
    );
  }
  if (feature === 'recording') {
    const { callId } = v.parse(v.object({ callId: v.string() }), input);
    return connection.adapter.features.recording?.({ callId }, context);
  }
  const trial = await prepareTrial(connection, feature, input, noCalls);
  return trial.run(context);
}

const batch: CopiedCommand = {
  style: 'a list of contacts',
  command: `curl ORIGIN/contacts/import --json '{"campanha":"12","contatos":[{"id":"7001","nome":"Ana Souza","cpf":"52998224725","telefones":["41999998888","4133334444"]},{"id":"7002","nome":"João; \\"Jô\\"","cpf":"39053344705","telefones":["11988887777","1130304040"]}]}'`,
  feature: 'contactLoad',
  reply: '{"ok":true}',
  input: { queue: '12', contacts: [ana, joao] },
  expressions: {
    'body.contatos.0.id': '{{ item.contactId }}',
    'body.contatos.0.telefones.1': '{{ item.areaCode2 }}{{ item.number2 }}',
    'body.campanha': '{{ queue }}',
  },
  secrets: {},
  outcome: 'reply.ok == false',
};

const commands = [...tenCommands, batch].map((copied) => [copied.style, copied] as const);

describe('import curl', () => {
  it.each(commands)(
    'makes a draft that sends the same request as curl for %s',
    async (_style, copied) => {
      const server = await startCaptureServer(copied.reply.replace(/^HTTP[\s\S]*?\r\n\r\n/, ''));
      const folder = await folderWith(copied.files);
      const wanted = await sentByCurl(copied, server, folder);
      const draft = await imported(copied, server.origin, folder);
      await runFeature(connectionOf(draft), copied.feature, copied.input).catch(() => undefined);
      const [sent] = server.take();
      if (!sent) throw new Error('the draft sent nothing');
      expect(await meaningOf(sent)).toEqual(await meaningOf(wanted));
    },
  );

  it.each(commands)(
    'finds credentials, values, call id and outcome rule in %s',
    async (_style, copied) => {
      const folder = await folderWith(copied.files);
      const draft = await imported(copied, 'https://pbx.example', folder);
      const { secrets, recognised } = draft.notes;
      expect(Object.fromEntries(secrets.map(({ name, value }) => [name, value]))).toEqual(
        copied.secrets,
      );
      const found = Object.fromEntries(recognised.map(({ place, template }) => [place, template]));
      expect(found).toMatchObject(copied.expressions);
      const settings = v.parse(
        AnyObject,
        draft.document.connections['dialer']?.settings[copied.feature],
      );
      expect({
        capture: settings['capture'],
        outcome: v.parse(v.optional(v.array(AnyObject), []), settings['outcome'])[0]?.['when'],
      }).toEqual({ capture: copied.capture, outcome: copied.outcome });
      const written = `${draft.yaml}${JSON.stringify(draft.sample)}`;
      for (const secret of Object.values(copied.secrets)) expect(written).not.toContain(secret);
      expect(written).not.toMatch(/999998888|Ana Souza|529\.?982/);
    },
  );

  it.each([
    [
      'query',
      "curl 'ORIGIN/discar?token=8f14e45fceea167a&obs=liga%E7%E3o&ramal=1001&numero=41999998888'",
    ],
    [
      'form',
      "curl ORIGIN/discar -H 'Keep-Alive: 5' -H 'Expect: 100-continue' --data-raw 'token=8f14e45fceea167a&obs=liga%E7%E3o&ramal=1001&numero=41999998888'",
    ],
  ])(
    'reproduces a %s in Latin-1, and leaves no credential in the draft',
    async (place, command) => {
      const server = await startCaptureServer('{"ok":true}');
      const draft = await imported(
        {
          style: '',
          command,
          feature: 'click2call',
          reply: '{"ok":true}',
          input: {},
          expressions: {},
          secrets: {},
        },
        server.origin,
        '',
      );
      expect(draft.yaml).not.toMatch(/8f14e45fceea167a|999998888/);
      const input = { queue: '12', extension: '1002', areaCode: '11', number: '988887777' };
      await runFeature(connectionOf(draft), 'click2call', input);
      const [sent] = server.take();
      const pairs = 'token=8f14e45fceea167a&obs=liga%E7%E3o&ramal=1002&numero=11988887777';
      expect(place === 'form' ? sent?.body.toString() : sent?.url).toBe(
        place === 'form' ? pairs : `/discar?${pairs}`,
      );
    },
  );

  it.each([
    ['page=0&size=100', { size: 100, firstPage: 0 }],
    ['page=1&size=100', { size: 100 }],
    ['pagina=0', { more: 'false', firstPage: 0 }],
  ])('begins with the page number that the command has: %s', async (query, pages) => {
    const command: CopiedCommand = {
      style: '',
      command: `curl 'https://pbx.example/calls?${query}&from=2026-01-15&to=2026-01-16'`,
      feature: 'dialerResults',
      reply: '{"rows":[{"phone":"41999998888","date":"2026-01-15T10:00:00Z","status":"BUSY"}]}',
      input: {},
      expressions: {},
      secrets: {},
    };
    const draft = await imported(command, '', '');
    const settings = draft.document.connections['dialer']?.settings['dialerResults'];
    expect(settings).toMatchObject({ pages });
    connectionOf(draft);
  });

  it.each([
    ['page=1&limit=100', '"pages":2', { size: 100, more: 'page < reply.pages' }],
    ['pagina=1', '"meta":{"total_pages":"2"}', { more: 'page < reply.meta.total_pages' }],
    ['page=1&limit=100', '"pages":[1,2]', { size: 100 }],
    ['page=1&limit=100', '"last_page":2,"has_more":true', { size: 100, more: 'reply.has_more' }],
    ['page=0&size=20', '"last":false', { size: 20, firstPage: 0, more: 'reply.last == false' }],
    // Both the number of this page and the number of pages.
    [
      'page=1&limit=100',
      '"numeroPagina":1,"numeroPaginas":2',
      { size: 100, more: 'page < reply.numeroPaginas' },
    ],
    ['page=1&limit=100', '"num_pagina":1,"qtd_pagina":100', { size: 100 }],
  ])('reads further pages as the reply shows them: %s, and %s', async (query, told, pages) => {
    const command: CopiedCommand = {
      style: '',
      command: `curl 'https://pbx.example/calls?${query}&from=2026-01-15&to=2026-01-16'`,
      feature: 'dialerResults',
      reply: `{"rows":[{"phone":"41999998888","date":"2026-01-15T10:00:00Z","status":"BUSY","pages":7}],${told}}`,
      input: {},
      expressions: {},
      secrets: {},
    };
    const draft = await imported(command, '', '');
    const settings = draft.document.connections['dialer']?.settings['dialerResults'];
    expect(settings).toHaveProperty('pages', pages);
    expect(draft.notes.warnings.join()).not.toMatch(/pages/);
    connectionOf(draft);
  });

  it('warns that the page size is missing if a report is paged by its rows, because each page would be the first one', async () => {
    const command: CopiedCommand = {
      style: '',
      command: "curl 'https://pbx.example/calls?offset=0&from=2026-01-15&to=2026-01-16'",
      feature: 'dialerResults',
      reply:
        '{"rows":[{"phone":"41999998888","date":"2026-01-15T10:00:00Z","status":"BUSY"}],"has_more":true}',
      input: {},
      expressions: {},
      secrets: {},
    };
    const { notes } = await imported(command, '', '');
    expect(notes.warnings.join()).toMatch(/pages\.size: .*each page is the first one again/);
  });

  it('warns that pages.more is missing if pages are counted from 0 and the reply has the number of pages', async () => {
    const command: CopiedCommand = {
      style: '',
      command: "curl 'https://pbx.example/calls?page=0&size=100&from=2026-01-15&to=2026-01-16'",
      feature: 'dialerResults',
      reply:
        '{"rows":[{"phone":"41999998888","date":"2026-01-15T10:00:00Z","status":"BUSY"}],"pages":2}',
      input: {},
      expressions: {},
      secrets: {},
    };
    const { notes } = await imported(command, '', '');
    expect(notes.warnings.join()).toMatch(/pages\.more: .*reply\.pages/);
  });
});
