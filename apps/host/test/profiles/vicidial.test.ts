import { featureNames } from '@finaz-telephony/core/host';
import {
  startVicidial,
  type VicidialOptions,
  type VicidialSimulator,
} from '@finaz-telephony/testing/simulators';
import { afterEach, describe, expect, it } from 'vitest';
import { jsonOf, PlacedShape, ProblemShape } from '../support/json.ts';
import { ContactsShape, mailing } from '../support/mailings.ts';
import { people, preview, startProfileHost, type ProfileHost } from '../support/profile-host.ts';
import { openSse } from '../support/sse.ts';
import { adminKey } from '../support/test-host.ts';

let host: ProfileHost | undefined;
afterEach(() => host?.stop());

async function start(options: VicidialOptions = {}, pass?: string) {
  const vendor = await startVicidial(options);
  const started = await startProfileHost(
    vendor,
    {
      profile: 'vicidial',
      baseUrl: vendor.url,
      variables: { user: vendor.user, pass: '${secret:vicidial}' },
      operators: { '1001': { user: '6001' } },
      click2call: { repeat: { every: 0.2, atMost: 3 } },
    },
    featureNames,
    { vicidial: pass ?? vendor.pass },
  );
  host = started;
  return { host: started, vendor };
}

const call = { queue: 'COBRANCA', extension: '1001', areaCode: '41', number: '99999-8888' };
const functionsOf = (vendor: VicidialSimulator) =>
  vendor.journal.map(
    ({ query, text }) => query.get('function') ?? new URLSearchParams(text).get('function'),
  );

describe('VICIdial through the host', () => {
  it('places a call, waits for its id, plays its recording, and transfers it', async () => {
    const { host: on, vendor } = await start();
    const placed = await on.tenant('/calls', { json: call });
    expect(placed.status).toBe(201);
    const { callId } = await jsonOf(placed, PlacedShape);
    expect(callId).toBe('M4050908070000012341');
    const recording = await on.tenant(`/recordings/${callId}`);
    expect(recording.status).toBe(200);
    expect(Buffer.from(await recording.arrayBuffer()).toString('latin1', 0, 4)).toBe('RIFF');
    const handed = await on.tenant('/transfers', {
      json: { queue: 'COBRANCA', extension: '1001', destination: '4133330000' },
    });
    expect(handed.status).toBe(200);
    expect(vendor.state.telephony.calls.get(callId ?? '')?.transferredTo).toBe('4133330000');
    expect(functionsOf(vendor).filter((name) => name === 'external_dial')).toHaveLength(1);
  });

  it('clears, loads while the list is off, switches the list on at the end, and counts what a clear deleted', async () => {
    const { host: on, vendor } = await start();
    const id = await on.load(
      '101',
      people({ 'crm-1': ['41999990001', '41999990002'], 'crm-2': ['41999990010'] }),
    );
    expect(await mailing(on, id)).toMatchObject({
      state: 'active',
      sent: 2,
      failed: 0,
      inDoubt: 0,
    });
    expect(functionsOf(vendor).slice(-5)).toEqual([
      'update_list',
      'update_list',
      'add_lead',
      'add_lead',
      'update_list',
    ]);
    expect(
      vendor.state.leads.map(({ vendorLeadCode, phones }) => [vendorLeadCode, phones]),
    ).toEqual([
      ['crm-1', ['41999990001', '41999990002']],
      ['crm-2', ['41999990010']],
    ]);
    expect(vendor.state.lists.get('101')?.active).toBe(true);
    const again = await on.tenant('/queues/101/clear', { method: 'POST' });
    expect(await again.json()).toMatchObject({ status: 'cleared', cleared: 2 });
  });

  it('stops a load if the clear deleted nothing, although the vendor answers SUCCESS', async () => {
    const { host: on, vendor } = await start({ mayDeleteLeads: false });
    const id = await on.load('101', people({ 'crm-1': ['41999990001'] }));
    const stopped = await mailing(on, id);
    expect(stopped).toMatchObject({ state: 'stopped', sent: 0, error: { code: 'invalid_config' } });
    expect(vendor.state.leads).toEqual([]);
  });

  it('loads contacts that share a phone, and stops a load into an unknown list as refused', async () => {
    const { host: on } = await start();
    const id = await on.load(
      '101',
      people({ 'crm-1': ['41999990001'], 'crm-2': ['41999990003', '41999990001'] }),
    );
    expect(await mailing(on, id)).toMatchObject({ state: 'active', sent: 2 });
    const unknown = await on.load('555', people({ 'crm-3': ['41999990004'] }));
    expect(await mailing(on, unknown)).toMatchObject({
      state: 'stopped',
      error: { code: 'refused' },
    });
    const { contacts } = await jsonOf(
      await on.tenant(`/mailings/${unknown}/contacts`),
      ContactsShape,
    );
    expect(contacts).toMatchObject([{ contactId: 'crm-3', state: 'pending' }]);
  });

  it('reads the results of contacts: none if nobody was called, and an unknown disposition as it is', async () => {
    const { host: on, vendor } = await start();
    await on.load(
      '101',
      people({
        'crm-1': ['41999990001'],
        'crm-2': ['41999990020'],
        'crm-3': ['41999990003'],
        'crm-4': ['41999990004'],
      }),
    );
    expect(await on.results('101')).toMatchObject({ ok: true, result: { attempts: [] } });
    vendor.state.statusOf.set('41999990003', 'HUC18').set('41999990004', 'PROMESSA');
    await vendor.dial('101');
    const { result } = await on.results('101');
    expect(
      result?.attempts.map(({ contactId, vendorStatus, outcome }) => [
        contactId,
        vendorStatus,
        outcome,
      ]),
    ).toEqual([
      ['crm-1', 'SALE', 'answered'],
      ['crm-2', 'NA', 'no_answer'],
      ['crm-3', 'HUC18', 'no_answer'],
      ['crm-4', 'PROMESSA', 'unknown'],
    ]);
  });

  it('shows an answered call on the screen of its operator, from the Start Call URL', async () => {
    const { host: on, vendor } = await start();
    // The first number is busy, and the second is answered.
    await on.load('101', people({ 'crm-1': ['41999990010', '41999990001'] }));
    const stream = await openSse(`${on.url}/v1/tenants/1042/events?extension=1001`, adminKey);
    expect((await stream.next()).event).toBe('ready');
    vendor.setStartCallUrl(
      `VAR${on.url}/telephony-proxy/atendimentodiscador?pid=--A--vendor_lead_code--B--&num=--A--dialed_number--B--&cid=--A--call_id--B--&ramal=--A--phone_login--B--&empresaId=1042&extra=--A--nothing--B--`,
    );
    await vendor.dial('101');
    const { event, data } = await stream.next();
    expect(event).toBe('answered-call');
    expect(JSON.parse(data)).toMatchObject({
      contactId: 'crm-1',
      number: '41999990001',
      extension: '1001',
      callId: 'M4050908070000012342',
    });
    stream.close();
  });

  it('masks the credentials that the answer to a failed login repeats, in the problem, the exchanges and the log', async () => {
    const vendor = await startVicidial();
    const started = await startProfileHost(
      vendor,
      {
        profile: 'vicidial',
        baseUrl: vendor.url,
        variables: { user: vendor.user, pass: '${secret:vicidial}' },
      },
      ['click2call', 'dialerResults'],
      { vicidial: vendor.pass },
    );
    host = started;
    await started.tenant('/secrets/vicidial', { method: 'PUT', json: { value: 'outra-s3nha&x' } });
    const response = await started.tenant('/calls', { json: call });
    expect(response.status).toBe(502);
    const problem = await jsonOf(response, ProblemShape);
    expect(problem).toMatchObject({
      code: 'auth_failed',
      vendor: { message: 'Invalid Username/Password' },
    });
    expect(JSON.stringify(problem)).not.toMatch(/outra-s3nha/);
    const shown = await started.exchanges();
    expect(vendor.journal.at(-1)?.query.get('pass')).toBe('outra-s3nha&x');
    expect(shown).toContain('Invalid Username/Password');
    expect(shown).not.toMatch(/outra-s3nha|outra%2Ds3nha/);
    expect(started.logged.join('\n')).not.toMatch(/outra-s3nha/);
  });

  it('stops a load at the first refused login, long before the vendor locks the user', async () => {
    const { host: on, vendor } = await start();
    await on.tenant('/secrets/vicidial', { method: 'PUT', json: { value: 'outra-s3nha' } });
    const before = vendor.journal.length;
    const id = await on.load('101', people({ 'crm-1': ['41999990001'], 'crm-2': ['41999990002'] }));
    expect(await mailing(on, id)).toMatchObject({
      state: 'stopped',
      pending: 2,
      error: { code: 'auth_failed' },
    });
    expect(vendor.journal).toHaveLength(before + 1);
  });

  it('shows each request of a preview, and sends nothing', async () => {
    const { host: on, vendor } = await start();
    const before = vendor.journal.length;
    const shown = await preview(on, 'click2call', call);
    expect(shown.before.map(({ url }) => new URL(url).searchParams.get('function'))).toEqual([
      'external_pause',
      'agent_status',
      'external_dial',
    ]);
    expect(shown.request.url).toMatch(/agent_status/);
    expect(shown.before[2]?.url).toContain(
      'pass=***vicidial***&agent_user=6001&function=external_dial&value=41999998888',
    );
    const [contact] = people({ 'crm-1': ['41999990001'] });
    const load = await preview(on, 'contactLoad', { queue: '101', contact });
    expect(load.before).toHaveLength(1);
    expect(load.request.body).toContain('function=add_lead&phone_number=41999990001');
    expect((await preview(on, 'recording', { callId: 'M1' })).before).toHaveLength(2);
    expect(vendor.journal).toHaveLength(before);
  });
});
