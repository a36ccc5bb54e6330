import { afterEach, expect, test } from 'vitest';
import {
  startArgus,
  startThreeCPlus,
  startThreeCx,
  startTotalVoice,
  startUContact,
  startVicidial,
  type Simulator,
} from '../../src/simulators/index.ts';

const running: Simulator[] = [];
afterEach(() => Promise.all(running.splice(0).map((simulator) => simulator.close())));
function keep<Kind extends Simulator>(simulator: Kind): Kind {
  running.push(simulator);
  return simulator;
}

test('TotalVoice answers 200 with JSON for a missing recording, reports live and ended calls by offset, and refuses a request without a token', async () => {
  const vendor = keep(await startTotalVoice());
  const ask = (method: string, path: string, json?: unknown) =>
    fetch(`${vendor.url}${path}`, {
      method,
      headers: { 'Access-Token': vendor.token },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });
  for (const tags of ['crm-1', 'crm-2'])
    await ask('POST', '/chamada', {
      numero_origem: '4000',
      numero_destino: '+5541999990010',
      tags,
    });
  const missing = await ask('GET', '/chamada/1001/gravacao');
  expect([missing.status, await missing.json()]).toMatchObject([
    200,
    { sucesso: false, motivo: 70 },
  ]);
  const page = async (at: number) => {
    const period = 'data_inicio=2020-01-01&data_fim=2099-01-01';
    const response = await ask('GET', `/chamada/relatorio?${period}&posicao=${at}&limite=1`);
    return response.json();
  };
  for (const [at, tags] of ['crm-1', 'crm-2'].entries())
    expect(await page(at)).toMatchObject({
      dados: { relatorio: [{ status_geral: 'curso', tags }] },
    });
  expect(await page(2)).toMatchObject({ dados: { relatorio: [] } });
  vendor.finish();
  const over = await ask('GET', '/chamada/1001');
  expect(await over.json()).toMatchObject({
    dados: { status_geral: 'finalizada', destino: { status: 'ocupado' } },
  });
  expect((await fetch(`${vendor.url}/saldo`)).status).toBe(403);
});

test('Argus has pages with a cursor, takes at most seven days and no empty keys, and writes a missing date as 1899', async () => {
  const vendor = keep(await startArgus({ pageSize: 2 }));
  for (const result of ['ATENDIMENTO', 'OCUPADO', 'NAO ATENDE'])
    vendor.addCall({
      at: Date.parse('2025-07-03T12:00:00-03:00'),
      number: '41999990001',
      result,
      operator: undefined,
      durationMs: 1500,
    });
  const ask = async (body: unknown) => {
    const response = await fetch(`${vendor.url}/apiargus/report/ligacoesdetalhadas`, {
      method: 'POST',
      headers: { 'Token-Signature': vendor.token },
      body: JSON.stringify(body),
    });
    return [response.status, await response.json()];
  };
  const week = {
    idCampanha: 1,
    periodoInicial: '2025-07-01T00:00:00-03:00',
    periodoFinal: '2025-07-07T23:59:59-03:00',
  };
  expect(await ask(week)).toMatchObject([
    200,
    {
      codStatus: 1,
      endOfTable: false,
      idProxPagina: 9_007_199_254_740_001,
      ligacoesDetalhadas: [{ dataHoraAtendimento: '1899-12-30T00:00:00-03:06' }, {}],
    },
  ]);
  expect(await ask({ ...week, ultimoId: 9_007_199_254_740_001 })).toMatchObject([
    200,
    { endOfTable: true, idProxPagina: 0, qtdeRegistros: 1 },
  ]);
  expect(await ask({ ...week, idLote: null })).toMatchObject([200, { codStatus: -2 }]);
  expect(await ask({ ...week, periodoFinal: '2025-07-09T00:00:00-03:00' })).toMatchObject([
    200,
    { codStatus: -3 },
  ]);
});

test('Argus can be made to repeat its cursor', async () => {
  const vendor = keep(await startArgus({ repeatsCursor: true }));
  const response = await fetch(`${vendor.url}/apiargus/report/ligacoesdetalhadas`, {
    method: 'POST',
    headers: { 'Token-Signature': vendor.token },
    body: '{"idCampanha":1,"ultimosMinutos":5}',
  });
  expect(await response.json()).toMatchObject({ idProxPagina: 4711, endOfTable: false });
});

test('uContact gives a token as bare text, answers 0 for a refusal, takes JSON in a form field, and lets a token lapse', async () => {
  const vendor = keep(await startUContact());
  const post = async (path: string, form: Readonly<Record<string, string>>, token = '') => {
    const response = await fetch(`${vendor.url}/Integra/resources${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { Authorization: `Basic ${token}` },
    });
    return [response.status, await response.text()] as const;
  };
  expect(await post('/auth/getUserToken', { user: 'finaz', password: 'x' })).toEqual([200, '0']);
  const [, token] = await post('/auth/getUserToken', {
    user: vendor.user,
    password: vendor.password,
  });
  const call = {
    callerid: '',
    agent: '',
    tech: 'SIP',
    context: '',
    outqueue: '7',
    destination: '41999990001',
  };
  expect((await post('/Agents/AgentCall', { ...call, phone: '1001' }, token))[1]).toMatch(
    /^[0-9a-f-]{36}$/,
  );
  expect(await post('/Agents/AgentCall', { ...call, phone: '1001' }, token)).toEqual([200, '0']);
  const task = {
    calldate: null,
    campaign: 'C<-',
    destination: '41999990001',
    alternatives: '',
    agent: '',
    data: '',
    source: '',
    bulk: false,
    automatic: true,
  };
  expect(await post('/Dialers/DialerTask', { call: JSON.stringify(task) }, token)).toEqual([
    200,
    'OK',
  ]);
  expect(
    await post(
      '/Dialers/DialerTask',
      { call: JSON.stringify({ ...task, agent: undefined }) },
      token,
    ),
  ).toEqual([200, 'ERROR']);
  vendor.state.lapse();
  expect((await post('/Agents/AgentCall', { ...call, phone: '1002' }, token))[0]).toBe(401);
});

test.each<[string, () => Promise<Simulator>, readonly string[]]>([
  [
    'Argus',
    startArgus,
    ['POST /apiargus/report/ligacoesdetalhadas', 'GET /apiargus/cmd/statusoperador'],
  ],
  ['TotalVoice', startTotalVoice, ['POST /composto', 'GET /saldo', 'GET /storage/1001.wav']],
  [
    'uContact',
    startUContact,
    ['POST /Integra/resources/auth/getUserToken', 'PUT /api/inbox/id/1/transfer'],
  ],
  [
    'VICIdial',
    startVicidial,
    ['GET /agc/api.php', 'POST /vicidial/admin_listloader_fifth_gen.php', 'GET /RECORDINGS/a.wav'],
  ],
  ['3C Plus', startThreeCPlus, ['POST /api/v1/click2call', 'DELETE /api/v1/campaigns/42/lists/1']],
  [
    '3CX',
    startThreeCx,
    ['POST /connect/token', 'POST /callcontrol/1001/makecall', 'GET /xapi/v1/Recordings'],
  ],
])(
  'the fault switches of the vendor server work on every request to %s',
  async (_, startSimulator, requests) => {
    const vendor = keep(await startSimulator());
    vendor.faults.next('*', { kind: 'status', status: 599 });
    const statusOf = async (request: string) => {
      const [method = '', path = ''] = request.split(' ');
      return [request, (await fetch(`${vendor.url}${path}`, { method })).status];
    };
    const all = [...requests, 'GET /unknown'];
    expect(await Promise.all(all.map(statusOf))).toEqual(all.map((request) => [request, 599]));
    vendor.faults.clear();
    for (const request of all) expect(await statusOf(request)).not.toContain(599);
  },
);

test('a fault can give a page for people, or a wrong content type, for one request', async () => {
  const vendor = keep(await startTotalVoice());
  const ask = () => fetch(`${vendor.url}/saldo`, { headers: { 'Access-Token': vendor.token } });
  vendor.faults.next('*', { kind: 'html' }, 1);
  const page = await ask();
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html']);
  vendor.faults.next('*', { kind: 'contentType', contentType: 'text/plain' }, 1);
  expect((await ask()).headers.get('content-type')).toBe('text/plain');
  expect((await ask()).headers.get('content-type')).toBe('application/json');
});
