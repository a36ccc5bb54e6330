import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { parse } from 'yaml';
import { AnyObject, jsonOf } from '../support/json.ts';
import { startLigueMais, type LigueMais } from '../support/ligue-mais.ts';
import { TakenShape } from '../support/mailings.ts';
import { openSse, type SseClient } from '../support/sse.ts';
import { adminKey, startTestHost, type TestHost } from '../support/test-host.ts';

const docs = new URL('../../../../docs/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, docs), 'utf8');
const page = read('first-connection.md');
const portuguese = read('first-connection.pt-BR.md');
const tenant = '/v1/tenants/2001';

const blocksOf = (text: string) =>
  [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, mark = '', body = '']) => ({
    mark,
    body,
  }));

/** The code block of the page with this mark. */
function block(mark: string, text = page): string {
  const found = blocksOf(text).find((each) => each.mark === mark)?.body;
  if (found === undefined) throw new Error(`the page has no block "${mark}"`);
  return found;
}

const json = (mark: string) => v.parse(AnyObject, JSON.parse(block(`json ${mark}`)));
const lines = (text: string) => text.trim().split(/\r?\n/);

/** The page writes `…` for a value that differs each time. */
const withoutTimes = (text: string) => text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '…');
const withoutChance = (shown: object) =>
  Object.fromEntries(
    Object.entries(shown).map(([name, value]) => [
      name,
      /^(?:id|at|attemptId|mailingId)$/.test(name) ? '…' : value,
    ]),
  );

let host: TestHost;
let ligue: LigueMais;
let screen: SseClient;
let mailingId: string;

const ask = (path: string, init?: Parameters<TestHost['ask']>[1]) =>
  host.ask(`${tenant}${path}`, init);
const apply = (document: string) =>
  host.ask(tenant, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/yaml' },
    body: document.replace('http://127.0.0.1:8099', ligue.url),
  });
const stateOf = async (id: string) =>
  (await jsonOf(await ask(`/mailings/${id}`), AnyObject))['state'];
const wait = { timeout: 60_000, interval: 50 };

// The tests follow the page step by step, as a reader does.
describe('docs/first-connection.md', { shuffle: false }, () => {
  beforeAll(async () => {
    host = await startTestHost();
    const address = /^ATENDIMENTO='http:\/\/127\.0\.0\.1:3000(.*)' \\$/m.exec(page)?.[1];
    if (address === undefined) throw new Error('the page does not say how Ligue+ tells of answers');
    ligue = await startLigueMais(`${host.url}${address}`);
  });
  afterAll(async () => {
    screen.close();
    await ligue.stop();
    await host.stop();
  });

  it('shows the tenant document and the contacts of docs/examples as they are', () => {
    expect(block('yaml tenant.yaml')).toBe(read('examples/ligue-mais/tenant.yaml'));
    expect(block('csv contacts.csv')).toBe(read('examples/ligue-mais/contacts.csv'));
  });

  it('names only addresses that the API has', async () => {
    const { paths } = await jsonOf(
      await fetch(`${host.url}/openapi.json`),
      v.looseObject({ paths: v.record(v.string(), v.unknown()) }),
    );
    const known = Object.keys(paths).map(
      (path) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
    );
    const named = [...page.matchAll(/\$API(\/[\w$/]+)/g)].map(([, path]) => `${tenant}${path}`);
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((path) => !known.some((pattern) => pattern.test(path)))).toEqual([]);
  });

  it('has a tenant document that is saved once its password is right, and refused with the reason before', async () => {
    const document = block('yaml tenant.yaml');
    expect(await (await apply(document)).text()).toContain('secrets set 2001 ligue');
    const put = (value: string) => ask('/secrets/ligue', { method: 'PUT', json: { value } });
    await put('wrong');
    expect(await (await apply(document)).text()).toContain('usuario ou senha invalidos');
    await put('segredo#1');
    expect((await apply(document)).status).toBe(201);
    expect(
      await jsonOf(await ask('/connections/ligue/test', { json: {} }), AnyObject),
    ).toMatchObject({ ok: true, exchanges: [{ url: `${ligue.url}/v2/sessao`, status: 200 }] });
  });

  it('shows the preview that the host gives', async () => {
    const input = { queue: '15', extension: '2001', areaCode: '41', number: '98888-7701' };
    expect(page).toContain(`click2call --input '${JSON.stringify(input)}'`);
    const { before, request } = await jsonOf(
      await ask('/connections/ligue/preview', { json: { feature: 'click2call', input } }),
      v.looseObject({ before: v.array(AnyObject), request: AnyObject }),
    );
    expect(before).toMatchObject([{ url: `${ligue.url}/v2/sessao` }]);
    expect({
      ...request,
      url: String(request['url']).replace(ligue.url, 'http://127.0.0.1:8099'),
    }).toEqual(json('preview'));
    const contact = { contactId: '7001', name: 'João', phones: [{ areaCode: '41', number: '1' }] };
    const file = await ask('/connections/ligue/preview', {
      json: { feature: 'contactLoad', input: { queue: '15', contact } },
    });
    expect(await jsonOf(file, AnyObject)).toMatchObject({
      before: [{ url: `${ligue.url}/v2/sessao` }],
      request: {
        headers: { 'x-chave': 'captured-key' },
        body: expect.stringContaining('7001;João;'),
      },
    });
  });

  it('shows what the host answers to a call', async () => {
    screen = await openSse(`${host.url}${tenant}/events?extension=2001`, adminKey);
    expect((await screen.next()).event).toBe('ready');
    const input = { queue: '15', extension: '2001', areaCode: '41', number: '98888-7701' };
    const placed = await jsonOf(await ask('/calls', { json: input }), AnyObject);
    expect(withoutChance(placed)).toEqual(json('placed'));
  });

  it('shows what comes of a mailing: the answer, the rejected rows and the event, also after the session has expired', async () => {
    ligue.forgetSessions();
    const taken = await ask('/mailings?queue=15', {
      method: 'POST',
      headers: { 'Content-Type': 'text/csv' },
      body: block('csv contacts.csv'),
    });
    const told = await jsonOf(taken, TakenShape);
    expect(withoutChance(told)).toEqual(json('taken'));
    ({ mailingId } = told);
    await expect.poll(() => stateOf(mailingId), wait).toBe('active');
    expect(await jsonOf(await ask(`/mailings/${mailingId}`), AnyObject)).toMatchObject({
      sent: 5,
      taken: 5,
    });
    const rejects = await ask(`/mailings/${mailingId}/rejects`, {
      headers: { Accept: 'text/csv' },
    });
    expect(lines(await rejects.text()).slice(1)).toEqual(
      lines(block('csv rejects')).map((line) => expect.stringContaining(`${line};"{`)),
    );
    const event = await screen.next();
    expect(withoutChance(v.parse(AnyObject, JSON.parse(event.data)))).toEqual(
      json('answered-call'),
    );
  });

  it('shows the file that the host sends in Latin-1', async () => {
    const got = ligue.lines.filter((line) => line.startsWith('| ')).map((line) => line.slice(2));
    expect(got).toEqual(lines(block('csv file')));
  });

  it('shows the results that the host fetches', async () => {
    expect((await ask(`/mailings/${mailingId}/deactivate`, { method: 'POST' })).status).toBe(202);
    await expect.poll(() => stateOf(mailingId), wait).toBe('finished');
    const results = await ask(`/mailings/${mailingId}/results`, {
      headers: { Accept: 'text/csv' },
    });
    expect(lines(withoutTimes(await results.text()))).toEqual(lines(block('csv results')));
    expect(await (await ask('/results/statuses')).text()).toContain(
      /^# … (\{.*\}) …$/m.exec(page)?.[1],
    );
  });

  it('has a status counted by its new outcome as soon as the document is saved', async () => {
    const mapped = block('yaml tenant.yaml').replace(
      /( +)INEXISTENTE: invalid_number\n/,
      '$&$1CAIXA POSTAL: voicemail\n',
    );
    expect((await apply(mapped)).status).toBe(200);
    const summary = async () =>
      (await jsonOf(await ask(`/mailings/${mailingId}/results/summary`), AnyObject))['outcomes'];
    await expect.poll(summary, wait).toMatchObject({ voicemail: 2, answered: 1 });
  });

  it('has a connection that plays a recording as audio, and answers 404 for a recording that does not exist', async () => {
    ligue.forgetSessions();
    const recording = await ask('/recordings/700001');
    expect(recording.headers.get('content-type')).toBe('audio/wav');
    const audio = Buffer.from(await recording.arrayBuffer());
    expect(audio.subarray(0, 4).toString()).toBe('RIFF');
    expect((await ask('/recordings/123')).status).toBe(404);
    const exchanges = await (await ask('/exchanges')).text();
    expect(exchanges).toContain('/v2/gravacoes/700001');
    expect(exchanges).not.toContain(audio.toString('base64').slice(0, 200));
  });
});

describe('docs/first-connection.pt-BR.md', () => {
  /** Comments are in the page's language; a line that begins with `# ` shows what a command prints. */
  const withoutComments = ({ mark, body }: { mark: string; body: string }) => ({
    mark,
    body: /^(?:sh|yaml)\b/.test(mark) ? body.replace(/ +# .*$|^# terminal .*$/gm, '') : body,
  });

  it('has the code blocks of the English page, except for comments', () => {
    const blocks = blocksOf(page).map(withoutComments);
    expect(blocks.length).toBeGreaterThan(20);
    expect(blocksOf(portuguese).map(withoutComments)).toEqual(blocks);
    expect(parse(block('yaml tenant.yaml', portuguese))).toEqual(parse(block('yaml tenant.yaml')));
  });

  it("quotes the vendor's manual as the English page does", () => {
    const manual = (text: string) => text.match(/^>.*$/gm);
    expect(manual(portuguese)).toEqual(manual(page));
  });
});
