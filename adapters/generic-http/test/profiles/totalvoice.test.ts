import { readFileSync } from 'node:fs';
import { createTestContext } from '@finaz-telephony/testing';
import { startTotalVoice } from '@finaz-telephony/testing/simulators';
import { expect, test } from 'vitest';
import * as v from 'valibot';
import { parse as parseYaml } from 'yaml';
import {
  adapterOf,
  callTo,
  connect,
  contact,
  failureOf,
  feature,
  load,
  mailingIn,
  results,
  transferTo,
} from './support.ts';

const noon = Date.parse('2025-07-01T12:00:00-03:00');
const day = [new Date('2025-07-01T00:00:00-03:00'), new Date('2025-07-02T00:00:00-03:00')] as const;

/** One who answers, one who is busy, and one who does not answer. */
const three = ['01', '10', '20'].map((ending) => contact(`crm-${ending}`, `419999900${ending}`));

const start = (own: object = {}) =>
  connect(
    'totalvoice',
    startTotalVoice({ now: () => noon, extensions: ['1001'] }),
    ({ url, token }) => ({
      baseUrl: url,
      variables: { token, answerNumber: '+554133330000' },
      ...own,
    }),
  );

test('click2call sends numbers in E.164, and is refused in the words of the vendor', async () => {
  const { server, adapter } = await start();
  const dial = feature(adapter, 'click2call');
  expect(await dial(callTo('41999990001'), createTestContext())).toMatchObject({ callId: '1001' });
  expect(server.journal[0]).toMatchObject({
    method: 'POST',
    target: '/chamada',
    text: '{"numero_origem":"1001","numero_destino":"+5541999990001","gravar_audio":true}',
  });
  expect(server.journal[0]?.headers['access-token']).toBe(server.token);
  expect(await failureOf(dial(callTo('41999990001', '9999'), createTestContext()))).toMatchObject({
    code: 'refused',
    vendor: { message: 'Ramal não registrado' },
  });
});

test('a transfer is accepted by an answer without "dados", and refused if the vendor answers "not active" with status 200', async () => {
  const { server, adapter } = await start();
  await feature(adapter, 'click2call')(callTo('41999990001'), createTestContext());
  const transfer = () =>
    feature(adapter, 'transfer')(transferTo('4133330000', '1001'), createTestContext());
  expect(await transfer()).toEqual({ status: 'accepted' });
  expect(server.journal[1]).toMatchObject({
    target: '/chamada/1001/transfer',
    text: '{"numero":"+554133330000","perna":"destino"}',
  });
  expect(await failureOf(transfer())).toMatchObject({
    code: 'refused',
    vendor: { status: 200, message: 'A chamada não está ativa' },
  });
});

test('a recording is not found if the answer is JSON with motivo 70, and is passed on if it is audio', async () => {
  const { server, adapter } = await start();
  await feature(adapter, 'click2call')(callTo('41999990001'), createTestContext());
  const recording = () => feature(adapter, 'recording')({ callId: '1001' }, createTestContext());
  expect(await failureOf(recording())).toMatchObject({
    code: 'not_found',
    vendor: { status: 200, message: 'Nenhuma gravação encontrada' },
  });
  server.finish();
  const response = await recording();
  expect(response.headers.get('content-type')).toBe('audio/mpeg');
  expect(Buffer.from(await response.arrayBuffer()).subarray(0, 2)).toEqual(
    Buffer.from([0xff, 0xfb]),
  );
});

test('the recording of a call of a mailing is not found, as the README of the profile says', async () => {
  const { server, adapter } = await start();
  await load(adapter, mailingIn('7'), [contact('crm-1', '41999990001')]);
  server.finish();
  const [attempt] = (await results(adapter, mailingIn('7'), ...day)).attempts;
  const asked = feature(adapter, 'recording')(
    { callId: attempt?.callId ?? '' },
    createTestContext(),
  );
  expect((await failureOf(asked)).code).toBe('not_found');
  expect(server.journal.at(-1)?.target).toBe('/chamada/1001/gravacao');
});

test('a load places one call for each phone, tagged with the contact id, and rejects a contact with an invalid phone', async () => {
  const { server, adapter } = await start();
  const { rejected } = await load(adapter, mailingIn('7'), [
    contact('crm-1', '41999990001', '4133330001'),
    contact('crm-2', '419'),
  ]);
  expect(server.journal.slice(0, 2).map(({ target, text }) => [target, text])).toEqual(
    ['+5541999990001', '+554133330001'].map((number) => [
      '/composto',
      `{"numero_destino":"${number}","dados":[{"acao":"transferir","acao_dados":{"numero_telefone":"+554133330000"}}],"tags":"crm-1"}`,
    ]),
  );
  expect(rejected).toMatchObject([
    { contactId: 'crm-2', vendor: { message: 'Parâmetro inválido: numero_destino' } },
  ]);
});

test('a load as in the README of the profile calls the first phone of a contact alone', async () => {
  const page = readFileSync(
    new URL('../../profiles/totalvoice/README.md', import.meta.url),
    'utf8',
  );
  const snippet = /```yaml\n(contactLoad:\n[\s\S]*?)```/.exec(page)?.[1] ?? '';
  const { server, adapter } = await start(
    v.parse(v.record(v.string(), v.unknown()), parseYaml(snippet)),
  );
  await load(adapter, mailingIn('7'), [contact('crm-1', '41999990001', '4133330001')]);
  expect(server.state.records.map(({ number, tags }) => [number, tags])).toEqual([
    ['+5541999990001', 'crm-1'],
  ]);
});

test('results are read by offset until a page is empty, and leave out live calls', async () => {
  const { server, adapter } = await start({ dialerResults: { pages: { size: 2 } } });
  await load(adapter, mailingIn('7'), three);
  server.finish();
  await load(adapter, mailingIn('7'), [contact('crm-open', '41999990002')]);
  const { attempts } = await results(adapter, mailingIn('7'), ...day);
  expect(
    attempts.map(({ contactId, outcome, vendorStatus }) => [contactId, outcome, vendorStatus]),
  ).toEqual([
    ['crm-01', 'answered', 'atendida'],
    ['crm-10', 'busy', 'ocupado'],
    ['crm-20', 'no_answer', 'sem resposta'],
  ]);
  expect(attempts[0]).toMatchObject({
    areaCode: '41',
    number: '999990001',
    at: '2025-07-01T15:00:00.000Z',
    callId: '1001',
    duration: 42,
  });
  expect(
    server.journal
      .filter(({ method }) => method === 'GET')
      .map(({ query }) => [query.get('posicao'), query.get('limite')]),
  ).toEqual([
    ['0', '2'],
    ['2', '2'],
    ['4', '2'],
  ]);
});

test('results end with a page that is only partly full: the next page is not requested', async () => {
  const { server, adapter } = await start({ dialerResults: { pages: { size: 2 } } });
  await load(adapter, mailingIn('7'), three);
  server.finish();
  const { attempts } = await results(adapter, mailingIn('7'), ...day);
  expect(attempts.map(({ contactId }) => contactId)).toEqual(['crm-01', 'crm-10', 'crm-20']);
  expect(
    server.journal
      .filter(({ method }) => method === 'GET')
      .map(({ query }) => query.get('posicao')),
  ).toEqual(['0', '2']);
});

test('the report of calls, with its nested legs, is read by the same profile, and leaves out live calls', async () => {
  const { server, adapter } = await start({
    variables: { token: 'totalvoice-s3nha', answerNumber: '1', report: 'chamada' },
  });
  await feature(adapter, 'click2call')(
    { ...callTo('41999990030'), parameters: { contactId: 'crm-9' } },
    createTestContext(),
  );
  expect((await results(adapter, mailingIn('7'), ...day)).attempts).toEqual([]);
  server.finish();
  expect((await results(adapter, mailingIn('7'), ...day)).attempts).toMatchObject([
    { contactId: 'crm-9', number: '999990030', outcome: 'invalid_number' },
  ]);
});

test('the profile has no clear, and checks credentials by reading the balance', async () => {
  const { server, adapter } = await start();
  expect(adapter.features.contactClear).toBeUndefined();
  await adapter.checkCredentials?.(createTestContext());
  expect(server.journal.map(({ target }) => target)).toEqual(['/saldo']);
  const wrong = adapterOf('totalvoice', {
    baseUrl: server.url,
    variables: { token: 'x', answerNumber: '1' },
  });
  expect(
    (await failureOf(wrong.checkCredentials?.(createTestContext()) ?? Promise.resolve())).code,
  ).toBe('auth_failed');
});
