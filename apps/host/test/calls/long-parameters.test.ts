import { startLoopbackServer } from '@finaz-telephony/testing';
import { expect, it, onTestFinished } from 'vitest';
import { startTestHost } from '../support/test-host.ts';

it('a call with a parameter of 4096 characters, many of them special, is placed and listed as accepted', async () => {
  const system = await startLoopbackServer((request, response) => {
    request.resume();
    response.end('{"id":"c-1"}');
  });
  onTestFinished(() => system.close());
  const settings = {
    baseUrl: system.url,
    click2call: {
      request: { method: 'POST', url: '/calls', body: { json: { note: '{{ parameters.note }}' } } },
      capture: { callId: '{{ reply.id }}' },
    },
  };
  const host = await startTestHost({
    document: {
      connections: { dialer: { adapter: 'generic-http', settings, limits: { timeout: 5 } } },
      features: { click2call: 'dialer' },
    },
  });
  onTestFinished(() => host.stop());
  const note = '!"#$%&/()=?+*'.repeat(400).slice(0, 4096);
  const json = { queue: '7', extension: '1001', areaCode: '41', number: '999998888' };
  const placed = await host.tenant('/calls', { json: { ...json, parameters: { note } } });
  expect(placed.status).toBe(201);
  const calls = await host.tenant('/calls');
  expect(await calls.json()).toMatchObject({ calls: [{ callId: 'c-1', state: 'accepted' }] });
});
