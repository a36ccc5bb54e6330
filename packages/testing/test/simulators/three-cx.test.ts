import { afterEach, expect, test } from 'vitest';
import {
  operatorWith,
  startThreeCx,
  type ThreeCxOptions,
  type ThreeCxSimulator,
} from '../../src/simulators/index.ts';

let vendor: ThreeCxSimulator | undefined;
afterEach(() => vendor?.close());

const webClient = encodeURIComponent('sip:1001@192.0.2.11:5060;transport=tls;ob');

async function tokenOf(server: ThreeCxSimulator, secret = server.clientSecret) {
  const response = await fetch(`${server.url}/connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: server.clientId,
      client_secret: secret,
      grant_type: 'client_credentials',
    }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

async function start(options?: ThreeCxOptions) {
  const noon = Date.parse('2026-10-05T15:00:00Z');
  const server = await startThreeCx({ now: () => noon, ...options });
  vendor = server;
  const { body: granted } = await tokenOf(server);
  const ask = async (method: string, path: string, json?: unknown) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${granted.access_token}`,
        ...(json !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const call = async (destination: string, path = `1001/devices/${webClient}`) => {
    const { body } = await ask('POST', `/callcontrol/${path}/makecall`, { destination });
    return body.result;
  };
  const participants = async (dn: string) =>
    (await ask('GET', `/callcontrol/${dn}/participants`)).body;
  const outbound = async (query = '') =>
    (
      await ask(
        'GET',
        `/xapi/v1/ReportOutboundCalls/Pbx.GetOutboundCalls(periodFrom=2020-01-01T00:00:00Z,periodTo=2099-01-01T00:00:00Z,trunkDns='',callsType=0)${query}`,
      )
    ).body;
  const callLog = async (query = '') =>
    (await ask('GET', `/xapi/v1/ReportCallLogData/Pbx.GetCallLogData(${callLogArguments})${query}`))
      .body;
  return { server, granted, ask, call, participants, outbound, callLog };
}

const callLogArguments =
  "periodFrom=2020-01-01T00:00:00Z,periodTo=2099-01-01T00:00:00Z,sourceType=0,sourceFilter='',destinationType=0,destinationFilter='',callsType=0,callTimeFilterType=0,callTimeFilterFrom='0:00:0',callTimeFilterTo='0:00:0',hidePcalls=true";

test('a client has one live token, a JWT of an hour, which ends when a new one is issued or its hour is over', async () => {
  const { server, granted, ask } = await start();
  const claims = JSON.parse(
    Buffer.from(granted.access_token.split('.')[1], 'base64url').toString('utf8'),
  );
  expect([granted.expires_in, claims.exp - claims.iat]).toEqual([3600, 3600]);
  expect((await ask('GET', '/callcontrol')).status).toBe(200);
  server.loginElsewhere();
  expect(await ask('GET', '/callcontrol')).toEqual({ status: 401, body: undefined });
  const { body } = await tokenOf(server);
  const authorized = async () =>
    (
      await fetch(`${server.url}/callcontrol`, {
        headers: { Authorization: `Bearer ${body.access_token}` },
      })
    ).status;
  expect(await authorized()).toBe(200);
  server.pass(3_600_000);
  expect(await authorized()).toBe(401);
});

test('expires_in is in minutes before 20.0.9', async () => {
  const { granted } = await start({ version: '20.0.7' });
  expect(granted.expires_in).toBe(60);
});

test.each<[number, string, ThreeCxOptions]>([
  [401, 'by default', {}],
  [400, 'if so assumed', { assumptions: { wrongSecretStatus: 400 } }],
])(
  'a wrong secret is answered with %i %s, and leaves the live token valid',
  async (status, _, options) => {
    const { server, ask } = await start(options);
    expect(await tokenOf(server, 'wrong')).toMatchObject({
      status,
      body: { error: 'invalid_client' },
    });
    expect((await ask('GET', '/callcontrol')).status).toBe(200);
  },
);

test('a login is also taken as a multipart form', async () => {
  const { server } = await start();
  const form = new FormData();
  form.set('client_id', server.clientId);
  form.set('client_secret', server.clientSecret);
  form.set('grant_type', 'client_credentials');
  const response = await fetch(`${server.url}/connect/token`, { method: 'POST', body: form });
  expect(response.status).toBe(200);
});

test('a call rings the operator, then the customer, and is connected when the customer answers', async () => {
  const { server, call, participants } = await start();
  const told = await call('041999990001');
  expect(told).toMatchObject({ status: 'Dialing', callid: 4711, party_caller_id: '041999990001' });
  server.pass(2000);
  expect(await participants('1001')).toMatchObject([{ id: told.id, status: 'Ringing' }]);
  server.pass(6000);
  expect(await participants('1001')).toMatchObject([{ id: told.id, status: 'Connected' }]);
});

test.each([
  ['41999990010', 1500],
  ['41999990020', 30_000],
  ['41999990030', 500],
])('the leg of a call to %s that fails vanishes without a reason', async (number, afterMs) => {
  const { server, ask, call, participants } = await start();
  const { id } = await call(number);
  server.pass(2000 + afterMs - 1);
  expect(await participants('1001')).toHaveLength(1);
  server.pass(1);
  expect(await participants('1001')).toEqual([]);
  expect((await ask('GET', `/callcontrol/1001/participants/${id}`)).status).toBe(404);
});

test('a call from an extension with several devices is answered without a participant, although it rings', async () => {
  const { call, participants } = await start();
  expect(await call('41999990001', '1002')).toBeNull();
  expect(await participants('1002')).toHaveLength(1);
  expect(await call('41999990001', '1001')).toMatchObject({ dn: '1001' });
});

test('makecall answers 403, 404, 422 or 424 if a call cannot be placed', async () => {
  const { server, ask, call } = await start({ monitored: ['1001', '1003'] });
  const status = async (path: string, json: object = { destination: '41999990001' }) =>
    (await ask('POST', `/callcontrol/${path}/makecall`, json)).status;
  expect(await status('1002')).toBe(403);
  expect(await status('1999')).toBe(404);
  expect(await status('1001/devices/sip%3Anobody')).toBe(404);
  expect(await status('1001', {})).toBe(422);
  expect(await status('1003')).toBe(424);
  const words = server.refuseNextCall();
  expect(await ask('POST', '/callcontrol/1001/makecall', { destination: '1' })).toMatchObject({
    status: 422,
    body: { finalstatus: 'Failed', reasontext: words, result: null },
  });
  await call('41999990001');
  expect(await status('1001')).toBe(422);
  expect(server.state.calls).toHaveLength(1);
  const { body } = await ask('GET', '/callcontrol');
  expect(body.map(({ dn }: { dn: string }) => dn)).toEqual(['1001', '1003', '8300']);
});

test('a call from the route point dials the customer without an operator', async () => {
  const { server, call, participants } = await start();
  const { id } = await call('41999990001', '8300');
  expect(await participants('8300')).toMatchObject([{ id, status: 'Ringing' }]);
  server.pass(6000);
  expect(await participants('8300')).toMatchObject([{ status: 'Connected' }]);
});

test('a transfer needs a connected call, and the operator stays in the call until the destination answers', async () => {
  const { server, ask, call, participants } = await start();
  const { id, callid } = await call('41999990001');
  const transfer = (destination: string) =>
    ask('POST', `/callcontrol/1001/participants/${id}/transferto`, { destination });
  expect((await transfer('1002')).status).toBe(422);
  server.pass(8000);
  expect((await transfer('1002')).status).toBe(200);
  expect(await participants('1001')).toMatchObject([{ status: 'Connected' }]);
  expect(await participants('1002')).toMatchObject([
    { status: 'Ringing', callid, referred_by_dn: '1001' },
  ]);
  expect((await transfer('1002')).status).toBe(422);
  server.pass(2000);
  expect(await participants('1001')).toEqual([]);
  expect(await participants('1002')).toMatchObject([{ status: 'Connected', callid }]);
  expect((await transfer('1002')).status).toBe(404);
});

test.each(['41999990010', '1003', '77'])(
  'a transfer to %s that fails is accepted first, and then the customer comes back to the operator',
  async (destination) => {
    const { server, ask, call, participants } = await start();
    const { id } = await call('41999990001');
    server.pass(8000);
    expect(
      (await ask('POST', `/callcontrol/1001/participants/${id}/transferto`, { destination }))
        .status,
    ).toBe(200);
    server.pass(30_000);
    expect(await participants('1001')).toMatchObject([{ id, status: 'Connected' }]);
  },
);

test('a transfer of a call that ends just before is answered with 404', async () => {
  const { server, ask, call } = await start();
  const { id, callid } = await call('41999990001');
  server.pass(8000);
  const connected = server.state.call(callid);
  server.before(/transferto$/, () => connected && server.state.hangUp(connected));
  expect((await ask('GET', `/callcontrol/1001/participants/${id}`)).status).toBe(200);
  expect(
    (await ask('POST', `/callcontrol/1001/participants/${id}/transferto`, { destination: '1002' }))
      .status,
  ).toBe(404);
});

test('an incoming call can be diverted while it rings, but not transferred, and can then be answered and dropped', async () => {
  const { server, ask, participants } = await start();
  server.state.receive('41999990001', '1001');
  const [ringing] = await participants('1001');
  expect(ringing).toMatchObject({ status: 'Ringing', party_caller_id: '41999990001' });
  const act = async (dn: string, id: number, action: string) =>
    (
      await ask('POST', `/callcontrol/${dn}/participants/${id}/${action}`, {
        destination: '1002',
      })
    ).status;
  expect(await act('1001', ringing.id, 'transferto')).toBe(422);
  expect(await act('1001', ringing.id, 'divert')).toBe(200);
  expect(await participants('1001')).toEqual([]);
  const [diverted] = await participants('1002');
  expect(await act('1002', diverted.id, 'answer')).toBe(200);
  expect(await participants('1002')).toMatchObject([{ status: 'Connected' }]);
  expect(await act('1002', diverted.id, 'divert')).toBe(422);
  expect(await act('1002', diverted.id, 'drop')).toBe(200);
  expect(await participants('1002')).toEqual([]);
});

test('an incoming call can only be answered by request on a device with direct control', async () => {
  const { server, ask, participants } = await start({
    operators: [
      operatorWith('1001', 'Operador Um', ['Yealink SIP-T31P']),
      operatorWith('1002', 'Operador Dois', ['3CX Web Client']),
    ],
  });
  const answer = async (dn: string) => {
    server.state.receive('41999990001', dn);
    const [{ id }] = await participants(dn);
    const { status } = await ask('POST', `/callcontrol/${dn}/participants/${id}/answer`);
    return [status, (await participants(dn))[0]];
  };
  expect(await answer('1001')).toMatchObject([422, { direct_control: false, status: 'Ringing' }]);
  expect(await answer('1002')).toMatchObject([200, { direct_control: true, status: 'Connected' }]);
});

test('a row comes five seconds after the end of the call, its recording later, and null fields are left out', async () => {
  const { server, ask, call, outbound } = await start();
  const { callid } = await call('41999990001');
  server.pass(8000);
  const connected = server.state.call(callid);
  server.pass(72_400);
  if (connected) server.state.hangUp(connected);
  server.pass(4999);
  expect(await outbound()).toEqual({ value: [] });
  server.pass(1);
  const {
    value: [fresh],
  } = await outbound();
  expect(fresh).toMatchObject({
    SourceDn: '1001',
    DestinationDn: '10000',
    DestinationCalleeId: '41999990001',
    Answered: true,
    TalkingDuration: 'PT1M12.4S',
  });
  expect(Object.keys(fresh)).not.toContain('RecordingId');
  server.pass(10_000);
  const {
    value: [{ RecordingId: id }],
  } = await outbound();
  expect((await ask('GET', '/xapi/v1/Recordings?$filter=Id gt 0')).body).toMatchObject({
    value: [{ Id: id, FromDn: '1001', ToCallerNumber: '41999990001' }],
  });
});

test('a recording is a WAV file, and an archived one is answered with 400', async () => {
  const { server, granted, call, outbound } = await start();
  const { callid } = await call('41999990001');
  server.pass(8000);
  const connected = server.state.call(callid);
  if (connected) server.state.hangUp(connected);
  server.pass(15_000);
  const id = (await outbound()).value[0].RecordingId;
  const download = () =>
    fetch(`${server.url}/xapi/v1/Recordings/Pbx.DownloadRecording(recId=${id})`, {
      headers: { Authorization: `Bearer ${granted.access_token}` },
    });
  const audio = await download();
  expect(audio.headers.get('content-type')).toBe('audio/x-wav');
  expect(audio.headers.get('content-disposition')).toContain('.wav');
  expect(Buffer.from(await audio.arrayBuffer()).toString('latin1', 0, 4)).toBe('RIFF');
  server.state.archived.add(id);
  const missing = await download();
  expect([missing.status, await missing.json()]).toMatchObject([
    400,
    { error: { details: [{ message: 'WARNINGS.XAPI.FILE_NOT_FOUND' }] } },
  ]);
});

test('a transferred call has several rows under one main id, and a recording for each operator', async () => {
  const { server, ask, call, callLog, outbound } = await start();
  const { id, callid } = await call('41999990001');
  server.pass(8000);
  await ask('POST', `/callcontrol/1001/participants/${id}/transferto`, { destination: '1002' });
  server.pass(20_000);
  const connected = server.state.call(callid);
  if (connected) server.state.hangUp(connected);
  server.pass(15_000);
  const { value: rows } = await callLog();
  expect(rows).toMatchObject([
    { DestinationDn: '1002', Answered: true, DstRecId: expect.any(Number) },
    { SourceDn: '1001', Reason: 'Transferred to 1002', SrcRecId: expect.any(Number) },
  ]);
  expect(rows[0].MainCallHistoryId).toBe(rows[1].MainCallHistoryId);
  expect(rows[0].CallHistoryId).not.toBe(rows[1].CallHistoryId);
  expect((await outbound()).value).toHaveLength(1);
});

test('the CallId of the call log is that of another call, unless the assumption says otherwise', async () => {
  const careful = await start();
  const first = await careful.call('41999990010');
  careful.server.pass(10_000);
  await careful.call('41999990010');
  careful.server.pass(10_000);
  expect((await careful.callLog()).value[0].CallId).toBe(first.callid);
  await careful.server.close();
  const told = await start({ assumptions: { callLogHasCallId: true } });
  const { callid } = await told.call('41999990010');
  told.server.pass(10_000);
  expect((await told.callLog()).value).toMatchObject([{ CallId: callid, Reason: 'Busy' }]);
});

test('a report needs every argument and full timestamps, has pages, and loses the newest rows if the server sorts', async () => {
  const { server, ask, call, callLog, outbound } = await start();
  for (const number of ['41999990010', '41999990020']) {
    await call(number);
    server.pass(60_000);
  }
  const report = async (given: string) =>
    (await ask('GET', `/xapi/v1/ReportOutboundCalls/Pbx.GetOutboundCalls(${given})`)).status;
  const period = 'periodFrom=2020-01-01T00:00:00Z,periodTo=2099-01-01T00:00:00Z';
  expect(await report(`${period},trunkDns='',callsType=0`)).toBe(200);
  expect(await report(`${period},callsType=0`)).toBe(404);
  expect(await report(`periodFrom=2020-01-01,periodTo=2099-01-01,trunkDns='',callsType=0`)).toBe(
    500,
  );
  expect(
    await report(
      "periodFrom=2026-13-01T00:00:00Z,periodTo=2099-01-01T00:00:00Z,trunkDns='',callsType=0",
    ),
  ).toBe(500);
  const numbers = (rows: { value: readonly { DestinationCalleeId?: string }[] }) =>
    rows.value.map(({ DestinationCalleeId }) => DestinationCalleeId);
  expect(numbers(await outbound())).toEqual(['41999990020', '41999990010']);
  expect(numbers(await outbound('?$top=1&$skip=1'))).toEqual(['41999990010']);
  expect(numbers(await outbound('?$orderby=StartTime asc'))).toEqual(['41999990010']);
  expect(await callLog('?$count=true&$top=1&$select=SegmentId')).toEqual({
    '@odata.count': 2,
    value: [{ SegmentId: 9002 }],
  });
});

test('a call that the operator does not pick up leaves no row', async () => {
  const { server, call, callLog, outbound, participants } = await start();
  const operator = server.state.operators.get('1001');
  if (operator) operator.lifts = false;
  await call('41999990001');
  server.pass(60_000);
  expect(await participants('1001')).toEqual([]);
  expect([await outbound(), await callLog()]).toEqual([{ value: [] }, { value: [] }]);
});

test('users are found by filter, by key and by page, and a wrong query is answered with 400', async () => {
  const { ask } = await start();
  const { body: users } = await ask('GET', "/xapi/v1/Users?$filter=Number eq '1003'");
  expect(users).toMatchObject({ value: [{ DisplayName: 'Operador Três', IsRegistered: false }] });
  expect((await ask('GET', "/xapi/v1/Users(Number='1002')")).body).toMatchObject({ Id: 31 });
  expect((await ask('GET', '/xapi/v1/Users?$top=101')).status).toBe(400);
  expect((await ask('GET', '/xapi/v1/Users?$filter=Number like 3')).status).toBe(400);
  expect((await ask('GET', '/xapi/v1/Users?$skip=1&$top=1')).body).toMatchObject({
    value: [{ Number: '1002' }],
  });
});

test('a list without $top has at most a hundred entities', async () => {
  const { ask } = await start({
    operators: Array.from({ length: 130 }, (_, at) =>
      operatorWith(String(2000 + at), 'Operador', ['3CX Web Client']),
    ),
  });
  expect((await ask('GET', '/xapi/v1/Users')).body.value).toHaveLength(100);
  expect((await ask('GET', '/xapi/v1/Users?$skip=100')).body.value).toHaveLength(30);
});

test('recordings need the role of the owner, and /callcontrol needs Call Control', async () => {
  const { ask } = await start({ role: 'System Admin', callControl: false });
  expect((await ask('GET', '/xapi/v1/Recordings')).status).toBe(403);
  expect((await ask('GET', '/xapi/v1/Users')).status).toBe(200);
  expect((await ask('GET', '/callcontrol')).status).toBe(403);
});

test('a fault meets the requests of its name, and a call whose answer is lost rings all the same', async () => {
  const { server, ask, participants } = await start();
  server.faults.next('click2call', { kind: 'resetBeforeAnswer' }, 1);
  server.faults.next('look', { kind: 'status', status: 429, retryAfter: '7' }, 1);
  await expect(
    ask('POST', '/callcontrol/1001/makecall', { destination: '41999990001' }),
  ).rejects.toThrow('fetch failed');
  expect((await ask('GET', '/callcontrol')).status).toBe(429);
  expect(await participants('1001')).toHaveLength(1);
});

test('before 20.0.6 the report of outbound calls is missing, and rows of the call log have no main id', async () => {
  const { server, call, callLog, outbound } = await start({ version: '20.0.5' });
  await call('41999990010');
  server.pass(10_000);
  expect(await outbound()).toMatchObject({ error: { message: 'Not Found' } });
  const { value } = await callLog();
  expect(value[0]).not.toHaveProperty('MainCallHistoryId');
});

test('rows of both reports name their recordings since 20.0.10', async () => {
  const rows = async (version: '20.0.9' | '20.0.10') => {
    const { server, call, callLog, outbound } = await start({ version });
    const { callid } = await call('41999990001');
    server.pass(10_000);
    const connected = server.state.call(callid);
    if (connected) server.state.hangUp(connected);
    server.pass(15_000);
    const found = [(await outbound()).value[0], (await callLog()).value[0]];
    await server.close();
    return found;
  };
  for (const row of await rows('20.0.9')) {
    expect(row).toMatchObject({ SourceDn: '1001' });
    expect(row).not.toHaveProperty('Recordings');
  }
  const [outbound, logged] = await rows('20.0.10');
  expect(outbound).toMatchObject({ Recordings: [{ Id: outbound.RecordingId }] });
  expect(logged).toMatchObject({ Recordings: [{ Id: logged.SrcRecId }] });
  expect(logged.SrcRecId).toBe(outbound.RecordingId);
  expect(logged.SrcRecId).toEqual(expect.any(Number));
});

test('assumptions change how a call is accepted and what its leg says', async () => {
  const { server, ask, participants } = await start({
    assumptions: {
      acceptedStatus: 202,
      finalStatus: 'number',
      deviceCallTellsParticipant: false,
      legWhileOperatorRings: 'Ringing',
      legWhileCustomerRings: 'Connected',
      callWaiting: true,
    },
  });
  const destination = '41999990001';
  const place = () =>
    ask('POST', `/callcontrol/1001/devices/${webClient}/makecall`, { destination });
  expect(await place()).toMatchObject({ status: 202, body: { finalstatus: 1, result: null } });
  expect(await place()).toMatchObject({ status: 202 });
  expect(await participants('1001')).toMatchObject([{ status: 'Ringing' }, { status: 'Ringing' }]);
  server.pass(2000);
  expect(await participants('1001')).toMatchObject([
    { status: 'Connected' },
    { status: 'Connected' },
  ]);
});

test.each([
  [false, 1],
  [true, 0],
])(
  'the timeout of a call ends its ringing if so assumed: %s',
  async (timeoutStopsRinging, legs) => {
    const { server, ask, participants } = await start({ assumptions: { timeoutStopsRinging } });
    await ask('POST', '/callcontrol/1001/makecall', { destination: '41999990020', timeout: 10 });
    server.pass(10_000);
    expect(await participants('1001')).toHaveLength(legs);
  },
);

test('assumptions change which rows and numbers the reports have', async () => {
  const { server, call, callLog, outbound } = await start({
    assumptions: {
      callLogHasRows: false,
      triesAnotherTrunk: true,
      dialsAs: (number) => number.replace(/^0/, ''),
    },
  });
  await call('041999990001');
  server.pass(8000);
  for (const each of server.state.liveCalls()) server.state.hangUp(each);
  server.pass(15_000);
  expect(await callLog()).toEqual({ value: [] });
  const { value: rows } = await outbound();
  expect(rows).toMatchObject([
    { Answered: true, DestinationCalleeId: '41999990001', TrunkNumber: '10000' },
    { Answered: false, DestinationCalleeId: '41999990001', TrunkNumber: '10001' },
  ]);
  expect(rows[0].CallHistoryId).toBe(rows[1].CallHistoryId);
  expect(rows[0].CdrId).not.toBe(rows[1].CdrId);
});

test('the call log says who ended a call: the customer, or the operator before the customer has answered', async () => {
  const { server, ask, call, callLog } = await start();
  const { id } = await call('41999990001');
  server.pass(5000);
  expect((await ask('POST', `/callcontrol/1001/participants/${id}/drop`)).status).toBe(200);
  server.pass(10_000);
  const { callid } = await call('41999990002');
  server.pass(9000);
  const connected = server.state.call(callid);
  if (connected) server.state.hangUp(connected);
  server.pass(10_000);
  expect((await callLog()).value).toMatchObject([
    { Answered: true, Reason: 'Terminated by 41999990002' },
    { Answered: false, Reason: 'Terminated by 1001' },
  ]);
});

test.each([
  ["Number eq '1001' or Number eq '1002'", 2],
  ["not (Number eq '1001') and IsRegistered eq true", 1],
  ["contains(DisplayName,'Dois')", 1],
  ["startswith(Number,'10') and (Id ge 31 and Id lt 40)", 2],
  ["DisplayName eq 'D''Ávila'", 0],
  ['Nothing eq null', 3],
  ["Id gt '30'", 0],
])('the filter %s finds %i users', async (filter, count) => {
  const { ask } = await start();
  const path = `/xapi/v1/Users?$filter=${encodeURIComponent(filter)}`;
  expect((await ask('GET', path)).body.value).toHaveLength(count);
});

test('a queue hands a call on to its first free agent, or lets the call wait', async () => {
  const { server, call, participants } = await start();
  await call('41999990001');
  server.state.receive('41999990002', '800');
  expect(await participants('1002')).toMatchObject([{ status: 'Ringing' }]);
  server.state.receive('41999990003', '800');
  expect(await participants('800')).toMatchObject([{ party_caller_id: '41999990003' }]);
});

test('a report never has more rows than its limit, on whatever page', async () => {
  const { server, call, outbound } = await start({ reportRowLimit: 2 });
  for (const number of ['41999990010', '41999990020', '41999990030']) {
    await call(number);
    server.pass(60_000);
  }
  expect((await outbound()).value).toHaveLength(2);
  expect(await outbound('?$top=100&$skip=2')).toEqual({ value: [] });
});
