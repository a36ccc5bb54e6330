import { createTestContext } from '@finaz-telephony/testing';
import { startArgus, type ArgusOptions } from '@finaz-telephony/testing/simulators';
import { expect, test } from 'vitest';
import { adapterOf, connect, failureOf, mailingIn, results } from './support.ts';

const start = (options?: ArgusOptions, own: object = {}) =>
  connect('argus', startArgus(options), ({ url, token }) => ({
    baseUrl: `${url}/apiargus`,
    variables: { token },
    ...own,
  }));

const at = (text: string) => Date.parse(`2025-07-${text}:00-03:00`);
const call = {
  number: '41999990001',
  result: 'ATENDIMENTO',
  operator: 'MARIA',
  durationMs: 42_000,
} as const;
const fortnight = [
  new Date('2025-07-01T00:00:00-03:00'),
  new Date('2025-07-15T00:00:00-03:00'),
] as const;

test('results are read in windows of seven days, page by page with the last id; empty keys are left out of the requests', async () => {
  const { server, adapter } = await start({ pageSize: 2 });
  for (const moment of ['01T09:00', '02T09:00', '03T09:00', '07T23:59', '08T00:00', '14T18:00'])
    server.addCall({ ...call, at: at(moment) });
  const { attempts, unreadable } = await results(adapter, mailingIn('1'), ...fortnight);
  expect(unreadable).toEqual([]);
  expect(attempts.map((attempt) => attempt.at.slice(5, 16))).toEqual([
    '07-01T12:00',
    '07-02T12:00',
    '07-03T12:00',
    '07-08T02:59',
    '07-08T03:00',
    '07-14T21:00',
  ]);
  expect(server.journal.map(({ text }) => text)).toEqual([
    '{"idCampanha":1,"periodoInicial":"2025-07-01T00:00:00-03:00","periodoFinal":"2025-07-07T23:59:59-03:00"}',
    '{"idCampanha":1,"periodoInicial":"2025-07-01T00:00:00-03:00","periodoFinal":"2025-07-07T23:59:59-03:00","ultimoId":9007199254740001}',
    '{"idCampanha":1,"periodoInicial":"2025-07-08T00:00:00-03:00","periodoFinal":"2025-07-14T23:59:59-03:00"}',
  ]);
  expect(attempts[0]).toMatchObject({
    callId: '9007199254740000',
    number: '999990001',
    outcome: 'answered',
    vendorStatus: 'ATENDIMENTO',
  });
  expect(attempts[0]).not.toHaveProperty('contactId');
});

test('a row dated 1899 becomes no attempt, and is counted as unreadable', async () => {
  const { server, adapter } = await start();
  server.addCall({ ...call, at: at('02T09:00'), isUndated: true });
  server.addCall({ ...call, at: at('02T10:00') });
  const { attempts, unreadable } = await results(adapter, mailingIn('1'), ...fortnight);
  expect(attempts.map((attempt) => attempt.at)).toEqual(['2025-07-02T13:00:00.000Z']);
  expect(unreadable).toMatchObject([{ position: 1 }]);
});

test('a status that the profile does not know has the outcome unknown, unless the company gives it one', async () => {
  const { server, adapter } = await start(undefined, {
    operators: { '1001': { user: 'MARIA' } },
    dialerResults: { outcomes: { OCUPADO: 'busy' } },
  });
  for (const result of ['ATENDIMENTO', 'NAO ATENDE', 'CAIXA POSTAL / MSG', 'OCUPADO', 'LIXO'])
    server.addCall({ ...call, result, at: at('02T09:00') });
  const { attempts } = await results(adapter, mailingIn('1'), ...fortnight);
  expect(attempts.map(({ outcome, extension }) => [outcome, extension])).toEqual([
    ['answered', '1001'],
    ['no_answer', '1001'],
    ['voicemail', '1001'],
    ['busy', '1001'],
    ['unknown', '1001'],
  ]);
});

test('reading results fails if the cursor stands still, because it would never end', async () => {
  const { server, adapter } = await start({ repeatsCursor: true, pageSize: 1 });
  server.addCall({ ...call, at: at('02T09:00') });
  const error = await failureOf(results(adapter, mailingIn('1'), ...fortnight));
  expect(error.message).toContain('reading on would never end');
  expect(server.journal.length).toBeLessThan(5);
});

test('a wrong token is auth_failed, and a refusal with status 200 is refused in the words of the vendor', async () => {
  const { server, adapter } = await start(undefined, { variables: { token: 'wrong' } });
  expect((await failureOf(results(adapter, mailingIn('1'), ...fortnight))).code).toBe(
    'auth_failed',
  );
  const wide = adapterOf('argus', {
    baseUrl: `${server.url}/apiargus`,
    variables: { token: server.token },
    dialerResults: { windows: null },
  });
  const long = [
    new Date('2025-07-01T00:00:00-03:00'),
    new Date('2025-07-31T00:00:00-03:00'),
  ] as const;
  expect(await failureOf(results(wide, mailingIn('1'), ...long))).toMatchObject({
    code: 'refused',
    vendor: { status: 200, message: 'O período máximo para consulta é de 7 dias' },
  });
});

test('the check of credentials passes if the campaign does not exist, and fails for an HTML page or a wrong token', async () => {
  const { server, adapter } = await start();
  const none = { codStatus: -4, descStatus: 'Campanha não encontrada' };
  server.answerNext({
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(none),
  });
  await adapter.checkCredentials?.(createTestContext());
  server.answerNext({ headers: { 'Content-Type': 'text/html' }, body: '<h1>Manutenção</h1>' });
  const checked = adapter.checkCredentials?.(createTestContext()) ?? Promise.resolve();
  expect((await failureOf(checked)).code).toBe('unreadable_response');
  const wrong = adapterOf('argus', {
    baseUrl: `${server.url}/apiargus`,
    variables: { token: 'wrong' },
  });
  const refused = wrong.checkCredentials?.(createTestContext()) ?? Promise.resolve();
  expect((await failureOf(refused)).code).toBe('auth_failed');
});

test('the profile has results alone, and checks credentials by reading a report', async () => {
  const { server, adapter } = await start();
  expect(Object.keys(adapter.features)).toEqual(['dialerResults']);
  await adapter.checkCredentials?.(createTestContext());
  expect(server.journal.map(({ path }) => path)).toEqual(['/apiargus/report/mailingsdiscador']);
});
