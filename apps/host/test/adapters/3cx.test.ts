import { startThreeCx, type ThreeCxSimulator } from '@finaz-telephony/testing/simulators';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { AnyObject, jsonOf, PlacedShape, ProblemShape } from '../support/json.ts';
import { openSse } from '../support/sse.ts';
import { adminKey, startTestHost, type TestHost } from '../support/test-host.ts';

const features = ['click2call', 'transfer', 'recording', 'answeredCall'];

let pbx: ThreeCxSimulator;
let host: TestHost;
beforeAll(async () => {
  pbx = await startThreeCx();
  const settings = { baseUrl: pbx.url, clientId: pbx.clientId, apiKey: '${secret:apiKey}' };
  host = await startTestHost({
    secrets: { apiKey: pbx.clientSecret },
    document: {
      connections: { pabx: { adapter: '3cx', settings } },
      features: Object.fromEntries(features.map((feature) => [feature, 'pabx'])),
    },
  });
});
afterAll(async () => {
  await host.stop();
  await pbx.close();
});

const wanted = { queue: '7', extension: '1001', areaCode: '41', number: '99999-8888' };

describe('3CX through the host', () => {
  it('places a call, follows it, transfers it, and fetches its recording once it is ready', async () => {
    const { callId } = await jsonOf(await host.tenant('/calls', { json: wanted }), PlacedShape);
    expect(callId).toMatch(/^\d{10}\.\d+-[a-p]{8}-1001$/);
    pbx.pass(10_000);
    const call = `/calls/${callId}`;
    expect(await jsonOf(await host.tenant(call), AnyObject)).toMatchObject({
      progress: { phase: 'talking', vendorStatus: 'Connected' },
    });
    const transferred = await host.tenant('/transfers', {
      json: { queue: '7', extension: '1001', destination: '(41) 3333-0000' },
    });
    expect(await jsonOf(transferred, AnyObject)).toMatchObject({ status: 'accepted', callId });
    pbx.pass(10_000);
    for (const live of pbx.state.liveCalls()) pbx.state.hangUp(live);
    const early = await host.tenant(`/recordings/${callId}`);
    expect(early.status).toBe(409);
    expect(await jsonOf(early, ProblemShape)).toMatchObject({ code: 'not_ready' });
    pbx.pass(30_000);
    const recording = await host.tenant(`/recordings/${callId}`, {
      headers: { Range: 'bytes=0-3' },
    });
    expect(recording.status).toBe(206);
    expect(Buffer.from(await recording.arrayBuffer()).toString()).toBe('RIFF');
  });

  it('reports a refusal in the words of 3CX, as answered and not in doubt', async () => {
    const words = pbx.refuseNextCall();
    const refused = await host.tenant('/calls', { json: { ...wanted, extension: '1002' } });
    expect(await jsonOf(refused, ProblemShape)).toMatchObject({
      code: 'refused',
      delivery: 'answered',
      vendor: { status: 422, message: words },
    });
  });

  it('reports a call whose answer is lost as in doubt, and does not place it again', async () => {
    const before = pbx.state.calls.length;
    pbx.faults.next('click2call', { kind: 'resetBeforeAnswer' }, 1);
    const lost = await host.tenant('/calls', { json: { ...wanted, extension: '1002' } });
    expect(await jsonOf(lost, ProblemShape)).toMatchObject({ delivery: 'unknown' });
    expect(pbx.state.calls).toHaveLength(before + 1);
  });

  it('records a call that the 3CX web client reports, and leads its window to a page that shows the call', async () => {
    const stream = await openSse(`${host.url}/v1/tenants/1042/events?extension=1001`, adminKey);
    onTestFinished(() => stream.close());
    expect((await stream.next()).event).toBe('ready');
    const from = 'num=41999998888&cid=41999998888&ramal=1001&empresaId=1042';
    const told = await fetch(`${host.url}/telephony-proxy/atendimentoreceptivo?${from}`);
    expect(told.status).toBe(200);
    expect(JSON.parse((await stream.next()).data)).toMatchObject({
      number: '41999998888',
      callId: '41999998888',
      extension: '1001',
      source: 'browser',
    });
    const leadsTo = told.headers.get('refresh')?.replace('0; url=', '') ?? '';
    const page = await fetch(new URL(leadsTo, told.url));
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<dt>Telefone</dt><dd>41999998888</dd>');
  });

  it('runs the doctor, and previews a call', async () => {
    const looked = await host.tenant('/connections/pabx/doctor', { method: 'POST' });
    const { findings } = await jsonOf(looked, AnyObject);
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'call-control', state: 'ok' }),
    );
    const preview = await host.tenant('/connections/pabx/preview', {
      json: { feature: 'click2call', input: wanted },
    });
    expect(await jsonOf(preview, AnyObject)).toMatchObject({
      request: { method: 'POST', url: expect.stringContaining('/makecall') },
    });
  });
});
