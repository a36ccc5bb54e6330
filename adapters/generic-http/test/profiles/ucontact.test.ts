import { createTestContext } from '@finaz-telephony/testing';
import { startUContact, type UContactSimulator } from '@finaz-telephony/testing/simulators';
import { expect, test } from 'vitest';
import {
  callTo,
  connect,
  contact,
  failureOf,
  feature,
  load,
  mailingIn,
  transferTo,
} from './support.ts';

const start = (own: object = {}) =>
  connect('ucontact', startUContact(), ({ url, user, password }) => ({
    baseUrl: url,
    variables: { user, password },
    operators: { '1001': { agent: 'maria' } },
    ...own,
  }));

const logins = (server: UContactSimulator) =>
  server.journal.filter(({ path }) => path.endsWith('getUserToken')).length;

test('one login serves simultaneous loads, and is renewed once after it has lapsed', async () => {
  const { server, adapter } = await start();
  const send = (id: string) => load(adapter, mailingIn('COBRANCA'), [contact(id, '41999990001')]);
  await Promise.all(['crm-1', 'crm-2', 'crm-3', 'crm-4'].map(send));
  expect(logins(server)).toBe(1);
  expect(server.journal[0]).toMatchObject({
    method: 'POST',
    text: 'user=finaz&password=ucontact-s3nha',
  });
  expect(server.journal[0]?.headers.authorization).toBeUndefined();
  expect(server.journal[1]?.headers.authorization).toBe(
    `Basic ${Buffer.from('session-1:k3y').toString('base64')}`,
  );
  server.state.lapse();
  const loads = await Promise.all(['crm-5', 'crm-6', 'crm-7', 'crm-8'].map(send));
  expect(loads.flatMap(({ rejected }) => rejected)).toEqual([]);
  expect(logins(server)).toBe(2);
  expect(server.state.tasks).toHaveLength(8);
});

test('click2call gets the call id from an answer of bare text, and is refused by the answer 0', async () => {
  const { server, adapter } = await start();
  const dial = () => feature(adapter, 'click2call')(callTo('41999990001'), createTestContext());
  const { callId } = await dial();
  expect(callId).toMatch(/^3f2504e0-4f89-11d3-9a0c-\d{12}$/);
  expect(server.journal[1]).toMatchObject({
    target: '/Integra/resources/Agents/AgentCall',
    text: 'callerid=&agent=maria&phone=1001&tech=SIP&context=&outqueue=42&destination=41999990001',
  });
  expect(await failureOf(dial())).toMatchObject({ code: 'refused', delivery: 'answered' });
});

test('a contact is sent as JSON in one form field, with every key, and is rejected in the words of the vendor', async () => {
  const { server, adapter } = await start();
  await load(adapter, mailingIn('COBRANCA'), [
    contact('crm-1', '41999990001', '41999990002'),
    contact('crm:2', '41999990003'),
  ]);
  const calls = server.journal.slice(1).map(({ text }) => new URLSearchParams(text));
  expect(calls.map((form) => [...form.keys()])).toEqual([['call'], ['call']]);
  expect(calls[0]?.get('call')).toBe(
    '{"calldate":null,"campaign":"COBRANCA<-","destination":"41999990001","alternatives":"41999990002","agent":"","data":"contato=crm-1:nome=Conceição D’Ávila & Filhos:cpf=52998224725","source":"","bulk":false,"automatic":true}',
  );
  expect(
    server.state.tasks.map(({ alternatives, data }) => [alternatives, data.split(':')[0]]),
  ).toEqual([
    ['41999990002', 'contato=crm-1'],
    ['', 'contato=crm 2'],
  ]);
  const { rejected } = await load(adapter, mailingIn('COBRANCA'), [contact('crm-3', '419')]);
  expect(rejected).toMatchObject([{ contactId: 'crm-3', vendor: { message: 'ERROR' } }]);
});

test.each([
  ['1002', 'agent', 'joao'],
  ['4133330000', 'external', '4133330000'],
  ['COBRANCA', 'campaign', 'COBRANCA'],
])('a transfer to %s has the destination type %s', async (destination, kind, sent) => {
  const { server, adapter } = await start({
    operators: { '1001': { agent: 'maria' }, '1002': { agent: 'joao' } },
  });
  const { callId } = await feature(adapter, 'click2call')(
    callTo('41999990001'),
    createTestContext(),
  );
  await feature(adapter, 'transfer')(transferTo(destination, callId), createTestContext());
  expect(server.journal.at(-1)).toMatchObject({
    method: 'PUT',
    target: `/api/inbox/id/${callId}/transfer`,
    text: `{"type":"blind","destinationType":"${kind}","destination":"${sent}"}`,
  });
});

test('a login that is answered with 0 fails as auth_failed, and is not tried again', async () => {
  const { server, adapter } = await start({ variables: { user: 'finaz', password: 'x' } });
  const error = await failureOf(
    feature(adapter, 'click2call')(callTo('41999990001'), createTestContext()),
  );
  expect(error.code).toBe('auth_failed');
  expect(logins(server)).toBe(1);
});

test('the profile has only the features that are publicly documented', async () => {
  const { adapter } = await start();
  expect(Object.keys(adapter.features)).toEqual(['click2call', 'transfer', 'contactLoad']);
});
