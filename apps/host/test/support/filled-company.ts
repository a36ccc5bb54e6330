import { featureNames } from '@finaz-telephony/core/host';
import {
  genericHttpSettings,
  startVendorServer,
  type VendorServer,
} from '@finaz-telephony/testing';
import * as v from 'valibot';
import { vi } from 'vitest';
import { CallsShape, jsonOf, PlacedShape } from './json.ts';
import { isIn, mailing, sendMailing, until } from './mailings.ts';
import type { AskInit, TestHost } from './test-host.ts';

/** What one company has and no other: each value is found nowhere else. Those that are parts of a path are named as there. */
export interface Things {
  readonly tenant: string;
  readonly connection: string;
  readonly queue: string;
  readonly extension: string;
  /** Of a secret. */
  readonly name: string;
  readonly contactId: string;
  readonly person: string;
  readonly cpf: string;
  /** Without its area code, which is 41 for all. */
  readonly number: string;
  readonly callId: string;
  /** Of a call in doubt. */
  readonly attemptId: string;
  readonly mailing: string;
  /** Its id. */
  readonly key: string;
}

/** A company with at least one of every kind of thing that a company may have. */
export interface Company {
  readonly things: Things;
  readonly key: string;
  readonly revokedKey: string;
  readonly eventToken: string;
  /** Used for a call. */
  readonly idempotencyKey: string;
  /** In several states; that of `things` is the first. */
  readonly mailings: readonly string[];
  readonly vendor: VendorServer;
  /** What no other company may hear, as it is written in answers. */
  readonly planted: readonly string[];
  /** With its own key, under `/v1/tenants/` and its id. */
  readonly ask: (path: string, init?: AskInit) => Promise<Response>;
}

/** Names and CPFs of no part in common; numbers with the same last digits, so that they are alike where they are masked. */
const people = {
  alfa: { person: 'Palmira Azevedo', cpf: '11144477735', number: '981111101' },
  beta: { person: 'Quiteria Borges', cpf: '12345678909', number: '982221101' },
  gama: { person: 'Rosaura Cardoso', cpf: '93541134780', number: '983331101' },
  delta: { person: 'Teodora Esteves', cpf: '24681357928', number: '985551101' },
  epsilon: { person: 'Ursulina Falcao', cpf: '86420975310', number: '986661101' },
  zeta: { person: 'Severina Duarte', cpf: '98765432100', number: '984441101' },
};
export type CompanyName = keyof typeof people;

/** What a company of this name has; of one that is not there, what nobody has. */
export const thingsOf = (name: CompanyName): Things => ({
  ...people[name],
  tenant: `empresa-${name}`,
  connection: `pbx-${name}`,
  queue: `fila-${name}`,
  extension: `ramal-${name}`,
  name: `senha-${name}`,
  contactId: `contato-${name}`,
  callId: `ligacao-${name}-1`,
  attemptId: '01a2b3c4-0000-7000-8000-000000000001',
  mailing: '01a2b3c4-0000-7000-8000-000000000002',
  key: '0123456789ab',
});

/** The document of a company that uses all of it. */
export function documentOf({ tenant, name, connection }: Things, url: string) {
  const { contactLoad, ...settings } = genericHttpSettings(url, `\${secret:${name}}`);
  return {
    id: tenant,
    name: `Empresa ${tenant}`,
    inbound: { allowFrom: ['127.0.0.1/32'], token: '${secret:aviso}' },
    connections: {
      [connection]: {
        adapter: 'generic-http',
        // So that a contact whose answer is lost is in doubt.
        settings: { ...settings, contactLoad: { ...contactLoad, repeatable: false } },
      },
    },
    features: Object.fromEntries(featureNames.map((feature) => [feature, connection])),
  };
}

export async function fillCompany(host: TestHost, name: CompanyName): Promise<Company> {
  const wanted = thingsOf(name);
  const { tenant, extension } = wanted;
  const vendor = await startVendorServer({
    token: `acesso-${name}`,
    operators: [extension, `${extension}-2`, `${extension}-3`],
    callIdPrefix: `ligacao-${name}-`,
  });
  const eventToken = `aviso-de-${name}`;
  const secrets = { [wanted.name]: vendor.token, aviso: eventToken, gancho: `gancho-de-${name}` };
  for (const [secret, value] of Object.entries(secrets))
    await host.ask(`/v1/tenants/${tenant}/secrets/${secret}`, { method: 'PUT', json: { value } });
  const document = documentOf(wanted, vendor.url);
  const webhook = { url: `${vendor.url}/gancho`, secret: '${secret:gancho}' };
  const earlier = { ...document, inbound: { ...document.inbound, webhook } };
  for (const json of [earlier, document])
    await done(host.ask(`/v1/tenants/${tenant}`, { method: 'PUT', json }));
  const { key, id } = await newKey(host, tenant);
  const revoked = await newKey(host, tenant);
  await done(host.ask(`/v1/keys/${revoked.id}`, { method: 'DELETE' }));
  const ask = (path: string, init: AskInit = {}) =>
    host.ask(`/v1/tenants/${tenant}${path}`, { key, ...init });
  const filling = { vendor, ask, wanted, eventToken, idempotencyKey: `clique-${name}` };
  const { callId, attemptId } = await placeCalls(host, filling);
  const mailings = await sendMailings({ ...host, tenant: ask }, filling);
  const things = { ...wanted, callId, attemptId, key: id, mailing: mailings[0] ?? '' };
  return {
    ...filling,
    things,
    key,
    revokedKey: revoked.key,
    mailings,
    planted: [...Object.values(things), ...mailings, ...Object.values(secrets), key],
  };
}

interface Filling extends Pick<Company, 'vendor' | 'ask' | 'eventToken' | 'idempotencyKey'> {
  readonly wanted: Things;
}

async function newKey(host: TestHost, tenantId: string) {
  const made = await host.ask('/v1/keys', { json: { tenantId, label: 'crm' } });
  return jsonOf(made, NewKeyShape);
}

const NewKeyShape = v.looseObject({ id: v.string(), key: v.string() });

async function done(asked: Promise<Response>): Promise<Response> {
  const answer = await asked;
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return answer;
}

/** One that was accepted, answered and transferred, one in doubt, one by a key that is used; and a number that must not be called. */
async function placeCalls(host: TestHost, { vendor, ask, wanted, ...filling }: Filling) {
  const { queue, extension, number } = wanted;
  const call = { queue, extension, areaCode: '41', number };
  const placed = await jsonOf(await done(ask('/calls', { json: call })), PlacedShape);
  const callId = placed.callId ?? '';
  const event = new URLSearchParams({
    pid: wanted.contactId,
    num: `41${number}`,
    cid: callId,
    ramal: extension,
    empresaId: wanted.tenant,
    token: filling.eventToken,
  });
  await done(host.ask(`/telephony-proxy/atendimentodiscador?${event.toString()}`));
  await done(ask('/transfers', { json: { queue, extension, destination: `41${number}` } }));
  vendor.faults.next('click2call', { kind: 'resetBeforeAnswer' }, 1);
  await ask('/calls', { json: { ...call, extension: `${extension}-2` } });
  const headers = { 'Idempotency-Key': filling.idempotencyKey };
  await done(ask('/calls', { json: { ...call, extension: `${extension}-3` }, headers }));
  const doubts = await jsonOf(await ask('/calls?state=in_doubt'), CallsShape);
  await done(ask('/do-not-call', { method: 'PUT', json: { numbers: [`41${number}`] } }));
  return { callId, attemptId: doubts.calls[0]?.attemptId ?? '' };
}

/** A host settles what a cancelled mailing had begun, some time after the cancel. Nothing shows it but the time of its latest change. */
async function isSettled(host: TestHost, id: string): Promise<boolean> {
  const { finishedAt, updatedAt } = await mailing(host, id);
  return updatedAt !== finishedAt;
}

/** One that is finished and has results and rejects, one with a contact in doubt, one that is stopped, one that is cancelled. */
async function sendMailings(host: TestHost, { vendor, ask, wanted }: Filling) {
  const { contactId, person, cpf, number, queue } = wanted;
  // Not the number that must not be called.
  const phones = [{ areaCode: '41', number: `${number.slice(0, -1)}2` }];
  const row = { contactId, name: person, cpf, phones };
  const finished = await sendMailing(host, [row, { ...row, phones: [] }], queue);
  await until(host, finished, isIn('active'));
  await vendor.dial(queue);
  await done(ask(`/mailings/${finished}/deactivate`, { method: 'POST' }));
  await until(host, finished, isIn('finished'));
  vendor.faults.next('contactLoad', { kind: 'resetBeforeAnswer' }, 1);
  const doubtful = await sendMailing(host, [row], `${queue}-2`);
  await until(host, doubtful, isIn('active'));
  vendor.faults.next('contactClear', { kind: 'status', status: 401 }, 2);
  const stopped = await sendMailing(host, [row], `${queue}-3`);
  const cancelled = await sendMailing(host, [row], `${queue}-4`);
  await until(host, stopped, isIn('stopped'));
  await until(host, cancelled, isIn('stopped'));
  await done(ask(`/mailings/${cancelled}/cancel`, { method: 'POST' }));
  await vi.waitUntil(() => isSettled(host, cancelled), { timeout: 60_000 });
  return [finished, doubtful, stopped, cancelled];
}
