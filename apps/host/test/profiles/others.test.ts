import { startArgus, startTotalVoice, startUContact } from '@finaz-telephony/testing/simulators';
import { afterEach, describe, expect, it } from 'vitest';
import { jsonOf, PlacedShape, ProblemShape } from '../support/json.ts';
import { mailing } from '../support/mailings.ts';
import { people, preview, startProfileHost, type ProfileHost } from '../support/profile-host.ts';

let host: ProfileHost | undefined;
afterEach(() => host?.stop());

const call = { queue: '42', extension: '1001', areaCode: '41', number: '99999-8888' };

describe('TotalVoice through the host', () => {
  async function start() {
    const vendor = await startTotalVoice({ extensions: ['1001'] });
    const started = await startProfileHost(
      vendor,
      {
        profile: 'totalvoice',
        baseUrl: vendor.url,
        variables: { token: '${secret:totalvoice}', answerNumber: '+554133330000' },
      },
      ['click2call', 'transfer', 'recording', 'contactLoad', 'dialerResults'],
      { totalvoice: vendor.token },
    );
    host = started;
    return { host: started, vendor };
  }

  it("places a call, transfers it by its id, and reads the vendor's JSON as a missing recording", async () => {
    const { host: on, vendor } = await start();
    const { callId } = await jsonOf(await on.tenant('/calls', { json: call }), PlacedShape);
    expect(callId).toBe('1001');
    const missing = await on.tenant(`/recordings/${callId}`);
    expect(missing.status).toBe(404);
    expect(await jsonOf(missing, ProblemShape)).toMatchObject({
      code: 'not_found',
      vendor: { message: 'Nenhuma gravação encontrada' },
    });
    const handed = await on.tenant('/transfers', {
      json: { queue: '42', extension: '1001', destination: '4133330000' },
    });
    expect(handed.status).toBe(200);
    expect(vendor.journal.at(-1)?.target).toBe('/chamada/1001/transfer');
    vendor.finish();
    const recording = await on.tenant(`/recordings/${callId}`);
    expect(recording.status).toBe(200);
    expect(Buffer.from(await recording.arrayBuffer()).subarray(0, 2)).toEqual(
      Buffer.from([0xff, 0xfb]),
    );
  });

  it('loads every phone of a contact as a record of its own', async () => {
    const { host: on, vendor } = await start();
    const id = await on.load(
      '7',
      people({ 'crm-1': ['41999990001', '41999990002'], 'crm-2': ['41999990003'] }),
    );
    expect(await mailing(on, id)).toMatchObject({ state: 'active', sent: 2, failed: 0 });
    expect(new Set(vendor.state.records.map(({ number, tags }) => `${tags} ${number}`))).toEqual(
      new Set(['crm-1 +5541999990001', 'crm-1 +5541999990002', 'crm-2 +5541999990003']),
    );
  });
});

describe('TotalVoice through the host: results', () => {
  it('are read page by page, without the calls that are still running', async () => {
    const vendor = await startTotalVoice();
    const on = await startProfileHost(
      vendor,
      {
        profile: 'totalvoice',
        baseUrl: vendor.url,
        variables: { token: '${secret:totalvoice}', answerNumber: '+554133330000' },
        dialerResults: { pages: { size: 2 } },
      },
      ['contactLoad', 'dialerResults'],
      { totalvoice: vendor.token },
    );
    host = on;
    await on.load(
      '7',
      people({ 'crm-1': ['41999990001'], 'crm-2': ['41999990010'], 'crm-3': ['41999990020'] }),
    );
    expect(await on.results('7')).toMatchObject({ ok: true, result: { attempts: [] } });
    vendor.finish();
    const { result } = await on.results('7');
    expect(new Map(result?.attempts.map(({ contactId, outcome }) => [contactId, outcome]))).toEqual(
      new Map([
        ['crm-1', 'answered'],
        ['crm-2', 'busy'],
        ['crm-3', 'no_answer'],
      ]),
    );
  });
});

describe('uContact through the host', () => {
  async function start() {
    const vendor = await startUContact();
    const started = await startProfileHost(
      vendor,
      {
        profile: 'ucontact',
        baseUrl: vendor.url,
        variables: { user: vendor.user, password: '${secret:ucontact}' },
        operators: { '1001': { agent: 'maria' } },
      },
      ['click2call', 'transfer', 'contactLoad'],
      { ucontact: vendor.password },
    );
    host = started;
    return { host: started, vendor };
  }

  it('logs in again once after the token has expired, and reads the answer 0 to a second call as a refusal', async () => {
    const { host: on, vendor } = await start();
    const { callId } = await jsonOf(await on.tenant('/calls', { json: call }), PlacedShape);
    expect(callId).toMatch(/^3f2504e0-/);
    const busy = await on.tenant('/calls', { json: call });
    expect(busy.status).toBe(422);
    expect(await jsonOf(busy, ProblemShape)).toMatchObject({ code: 'refused' });
    vendor.state.lapse();
    const handed = await on.tenant('/transfers', {
      json: { queue: '42', extension: '1001', destination: '4133330000' },
    });
    expect(handed.status).toBe(200);
    const id = await on.load(
      'COBRANCA',
      people({ 'crm-1': ['41999990001'], 'crm-2': ['41999990002'] }),
    );
    expect(await mailing(on, id)).toMatchObject({ state: 'active', sent: 2 });
    expect(vendor.state.tasks.map(({ destination }) => destination).toSorted()).toEqual([
      '41999990001',
      '41999990002',
    ]);
    // The first token was issued for the check of the credentials when the document was saved.
    expect(vendor.state.issued).toBe(3);
    expect(await on.exchanges()).not.toContain(Buffer.from('session-3:k3y').toString('base64'));
  });

  it('shows the login and the request behind it in a preview, and sends neither', async () => {
    const vendor = await startUContact();
    const settings = {
      profile: 'ucontact',
      baseUrl: vendor.url,
      variables: { user: vendor.user, password: '${secret:ucontact}' },
    };
    const on = await startProfileHost(vendor, settings, ['click2call'], {
      ucontact: vendor.password,
    });
    host = on;
    const login = '/Integra/resources/auth/getUserToken';
    // This login was the check of the credentials when the document was saved.
    expect(vendor.journal.map(({ path }) => path)).toEqual([login]);
    const { before, request } = await preview(on, 'click2call', call);
    expect(before.map(({ url }) => new URL(url).pathname)).toEqual([login]);
    expect(request).toMatchObject({
      headers: { authorization: 'Basic captured-token' },
      body: expect.stringContaining('destination=41999998888'),
    });
    expect(vendor.journal).toHaveLength(1);
  });
});

describe('Argus through the host', () => {
  it('is saved only with its token, is checked with the vendor, and refuses calls because it has no click2call', async () => {
    const vendor = await startArgus();
    const settings = {
      profile: 'argus',
      baseUrl: `${vendor.url}/apiargus`,
      variables: { token: '${secret:argus}' },
    };
    const started = await startProfileHost(vendor, settings, ['dialerResults'], {
      argus: vendor.token,
    });
    host = started;
    expect(vendor.journal.map(({ path }) => path)).toEqual(['/apiargus/report/mailingsdiscador']);
    const off = await started.tenant('/calls', { json: call });
    expect(await jsonOf(off, ProblemShape)).toMatchObject({ code: 'feature_off' });
    const document = {
      id: '1042',
      name: 'x',
      timezone: 'America/Sao_Paulo',
      connections: { vendor: { adapter: 'generic-http', settings: { profile: 'argus' } } },
    };
    const saved = await started.tenant('', { method: 'PUT', json: document });
    expect(saved.status).toBe(400);
    expect((await jsonOf(saved, ProblemShape)).errors).toMatchObject([
      {
        path: 'connections.vendor.settings.variables.token',
        message: expect.stringContaining('Token-Signature'),
      },
    ]);
  });

  it('reads results in windows of seven days by the last id, and reads an error that is answered with 200 as a refusal', async () => {
    const vendor = await startArgus({ pageSize: 2 });
    const settings = {
      profile: 'argus',
      baseUrl: `${vendor.url}/apiargus`,
      variables: { token: '${secret:argus}' },
    };
    const on = await startProfileHost(vendor, settings, ['dialerResults'], { argus: vendor.token });
    host = on;
    const days = [10, 9, 8, 1];
    for (const ago of days)
      vendor.addCall({
        at: Date.now() - ago * 86_400_000,
        number: '41999990001',
        result: 'ATENDIMENTO',
        operator: 'MARIA',
        durationMs: 1,
      });
    const { result } = await on.results('1', 12);
    expect(result?.attempts).toHaveLength(days.length);
    expect(vendor.journal.filter(({ path }) => path.endsWith('ligacoesdetalhadas'))).toHaveLength(
      3,
    );
    const { ok, error } = await on.results('no number', 1);
    expect([ok, error?.code]).toEqual([false, 'refused']);
  });
});
