import { deepEqual } from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { readEnvironment } from '../../src/environment.ts';
import { createHost } from '../../src/host.ts';
import { silentLogger } from '../../src/logger.ts';
import {
  naming,
  namingInTurn,
  type Address,
  type FilledRequest,
} from '../support/fill-operation.ts';
import { fillCompany, thingsOf, type Company } from '../support/filled-company.ts';
import { createHostPlace } from '../support/host-place.ts';
import { jsonOf, PlacedShape } from '../support/json.ts';
import { operationsOf, type Operation } from '../support/operations.ts';
import { openSse } from '../support/sse.ts';
import { adminKey, startTestHost, type TestHost } from '../support/test-host.ts';
import { alike, textOf, toldBy, type Told } from '../support/told.ts';

let beta: Company;
/** Uses the ids of beta at its own address, which may change what alfa itself has. */
let alfa: Company;
/** Does at its own address what alfa does, with the ids of zeta, which does not exist. If alfa gets another answer, it learns something of beta. */
let gama: Company;
/** Uses its own key at the addresses of beta. */
let delta: Company;
/** Uses all that it has itself, until it is deleted. */
let epsilon: Company;
const zeta = { things: thingsOf('zeta'), vendor: { url: 'http://127.0.0.1:9', token: 'acesso' } };

let host: TestHost;
let operations: readonly Operation[];
/**
 * Those behind a key. Reads come first: a company may read what it has sent itself. New mailings come last: what else is done with their queues depends on how far they are.
 */
let guarded: readonly Operation[];
let betaBefore: readonly string[];
beforeAll(async () => {
  host = await startTestHost();
  [alfa, beta, gama, delta, epsilon] = await Promise.all([
    fillCompany(host, 'alfa'),
    fillCompany(host, 'beta'),
    fillCompany(host, 'gama'),
    fillCompany(host, 'delta'),
    fillCompany(host, 'epsilon'),
  ]);
  operations = await operationsOf(host);
  const turnOf = ({ method, name }: Operation) =>
    method === 'GET' ? 0 : name === 'POST /v1/tenants/{tenant}/mailings' ? 2 : 1;
  guarded = operations
    .filter(({ isOpen }) => !isOpen)
    .toSorted((one, other) => turnOf(one) - turnOf(other));
  betaBefore = await allOfBeta();
});
afterAll(async () => {
  await host.stop();
  const companies = [alfa, beta, gama, delta, epsilon];
  await Promise.all(companies.map(({ vendor }) => vendor.close()));
});
/** Nothing that was tried has changed anything of beta, or sent anything to its vendor. */
afterEach(async () => deepEqual(await allOfBeta(), betaBefore));

/** @param authorization `undefined`: no such header */
async function ask(
  { path, json, method = 'GET', headers }: FilledRequest,
  authorization: string | undefined,
): Promise<Told> {
  const answer = await fetch(`${host.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      'X-Request-Id': 'request-of-the-matrix',
      ...(authorization !== undefined && { Authorization: authorization }),
      ...(json !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  return toldBy(answer);
}

const bearer = (key: string) => `Bearer ${key}`;
const isOfHost = ({ description }: Operation) => /\bneeds an admin key\b/i.test(description);

const NextShape = v.object({ next: v.optional(v.nullable(v.string())) });

/** What an answer contains of beta that the request did not contain. */
function leaks({ path, json }: FilledRequest, told: Told): readonly string[] {
  const sent = `${decodeURIComponent(path)} ${JSON.stringify(json)}`;
  const text = textOf(told);
  return beta.planted.filter((value) => text.includes(value) && !sent.includes(value));
}

/** All that can be read of beta, and all that has reached its vendor. */
async function allOfBeta(): Promise<readonly string[]> {
  const reads = guarded.filter(
    (operation) =>
      operation.method === 'GET' &&
      operation.pathParameters.includes('tenant') &&
      // Except streams, and what is asked of the vendor.
      !/\/(?:events|progress|recordings\/.*)$/.test(operation.path),
  );
  const answers = beta.mailings.flatMap((mailing) =>
    reads.map(async ({ name, path }) => {
      const values = new Map(Object.entries({ ...beta.things, mailing, version: '2' }));
      const address = path.replace(/\{(\w+)\}/g, (_, place: string) => values.get(place) ?? '');
      return `${name} ${textOf(await ask({ path: address }, bearer(beta.key)))}`;
    }),
  );
  const sent = beta.vendor.requests.map(({ method, path }) => `${method} ${path}`);
  return [...(await Promise.all(answers)), ...sent];
}

describe('the operations of the OpenAPI document', () => {
  it('cover every address that the host has, so that the tests of this file try all of them', async () => {
    const place = await createHostPlace();
    const environment = readEnvironment({ ADMIN_KEY: adminKey, ...place.variables });
    const { app, close } = await createHost(environment, silentLogger, place.dataDir);
    const routes = new Set(
      app.routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
    );
    await close();
    await place.remove();
    const described = new Set(operations.map(({ name }) => name));
    expect([...described].filter((operation) => !routes.has(operation))).toEqual([]);
    expect([...routes].filter((route) => !described.has(route)).toSorted()).toEqual([
      // Middleware, and handlers that refuse all other methods.
      'ALL /*',
      'ALL /callbacks/*',
      'ALL /callbacks/{tenant}/{connection}',
      'ALL /callbacks/{tenant}/{connection}/*',
      'ALL /telephony-proxy/*',
      'ALL /telephony-proxy/atendimentoreceptivo',
      'ALL /telephony-proxy/atendimentoreceptivo/{event}',
      'ALL /v1/*',
      'ALL /v1/keys/*',
      'ALL /v1/tenants',
      'ALL /v1/tenants/{tenant}/*',
      // The document itself, and its page.
      'GET /',
      'GET /docs',
      'GET /docs/',
      'GET /docs/reference.js',
      'GET /openapi.json',
    ]);
  });

  it('without a key are only those for vendors, and for whoever runs the host', () => {
    const open = operations.filter(({ isOpen }) => isOpen);
    expect(open.map(({ name }) => name)).toEqual([
      'GET /telephony-proxy/atendimentodiscador',
      'GET /telephony-proxy/atendimentoreceptivo',
      'GET /telephony-proxy/atendimentoreceptivo/{event}',
      'GET /telephony-proxy/teste',
      'GET /callbacks/{tenant}/{connection}',
      'POST /callbacks/{tenant}/{connection}',
      'GET /healthz',
      'GET /readyz',
      'GET /metrics',
      'GET /schemas/tenant.json',
    ]);
  });
});

/** What is wrong with the answers to each operation with the names of beta, compared with the same operation with the names of zeta. */
async function wrongWithout(
  authorization: string | undefined,
  status: number,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const operation of guarded) {
    const ofZeta = naming(operation, zeta, zeta.things);
    for (const [index, request] of naming(operation, beta, beta.things).entries()) {
      const answer = await ask(request, authorization);
      const other = await ask({ path: '', ...ofZeta[index] }, authorization);
      if (answer.status !== status) wrong.push(`${operation.name}: ${answer.status}`);
      if (textOf(answer) !== textOf(other)) wrong.push(`${operation.name}: ${textOf(answer)}`);
      wrong.push(...leaks(request, answer).map((value) => `${operation.name}: ${value}`));
    }
  }
  return wrong;
}

describe('a request without a valid key is answered for beta as for a company that does not exist', () => {
  it.each<[string, () => string | undefined]>([
    ['none', () => undefined],
    ['one in another scheme', () => `Basic ${btoa(`${beta.key}:`)}`],
    ['one without its scheme', () => beta.key],
    ['its id', () => bearer(beta.things.key)],
    ['all of it but the last sign', () => bearer(beta.key.slice(0, -1))],
    ['one sign more', () => bearer(`${beta.key}A`)],
    ['two', () => `${bearer(beta.key)}, ${bearer(beta.key)}`],
    ['one that is revoked', () => bearer(beta.revokedKey)],
  ])('the key sent: %s', async (_, authorization) => {
    expect(await wrongWithout(authorization(), 401)).toEqual([]);
  });
});

describe('with the key of another company', () => {
  it('a request for beta is answered as for a company that does not exist', async () => {
    expect(await wrongWithout(bearer(delta.key), 403)).toEqual([]);
  });

  it("exactly the operations described as needing an admin key are refused, even at the company's own address", async () => {
    const refused: string[] = [];
    for (const operation of guarded) {
      const [request] = naming(operation, delta, zeta.things);
      // An operation that changes something gets a body with which nothing can be done.
      const spoilt = { path: '', ...request, ...(operation.method !== 'GET' && { json: [] }) };
      const { status } = await ask(spoilt, bearer(delta.key));
      if (status === 403) refused.push(operation.name);
    }
    expect(refused).toEqual(guarded.filter(isOfHost).map(({ name }) => name));
    expect(refused).toHaveLength(5);
  });

  it("a place in a list of beta shows nothing of beta when used in the company's own list", async () => {
    const { mailings } = beta;
    const lists = [
      '/calls',
      '/mailings',
      `/mailings/${mailings[0]}/contacts`,
      `/mailings/${mailings[0]}/rejects`,
      `/mailings/${mailings[0]}/results`,
      '/do-not-call',
    ];
    const paged = guarded.filter(({ queryParameters }) => queryParameters.includes('after'));
    expect(paged).toHaveLength(lists.length);
    for (const list of lists) {
      const page = v.parse(NextShape, await (await beta.ask(`${list}?limit=1`)).json());
      const own = list.replace(mailings[0] ?? '', delta.mailings[0] ?? '');
      const request = { path: `/v1/tenants/${delta.things.tenant}${own}?after=${page.next ?? ''}` };
      const answer = await ask(request, bearer(delta.key));
      expect({ list, status: answer.status, leaks: leaks(request, answer) }).toEqual({
        list,
        status: 200,
        leaks: [],
      });
    }
  });

  it("ids of beta are answered at the company's own address like ids that nobody has, each by itself and all together", async () => {
    const wrong: string[] = [];
    for (const operation of guarded) {
      const mailings = operation.pathParameters.includes('mailing')
        ? beta.mailings
        : [beta.things.mailing];
      for (const mailing of mailings) {
        const theirs = { ...beta.things, mailing };
        const ofGama = namingInTurn(operation, gama, zeta.things);
        for (const [index, request] of namingInTurn(operation, alfa, theirs).entries()) {
          const answer = await ask(request, bearer(alfa.key));
          const other = await ask({ path: '', ...ofGama[index] }, bearer(gama.key));
          const [one, same] = [alike(answer, alfa, theirs), alike(other, gama, zeta.things)];
          if (one !== same) wrong.push(`${operation.name} ${request.path}: ${one}\n\n${same}`);
          if (operation.method !== 'GET') continue;
          wrong.push(...leaks(request, answer).map((value) => `${operation.name}: ${value}`));
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

const eventOf = ({ things, eventToken: token }: Pick<Company, 'things' | 'eventToken'>) => {
  const { contactId: pid, number, extension: ramal, tenant: empresaId } = things;
  const event = { pid, num: `41${number}`, cid: 'ligacao-nova', ramal, empresaId, token };
  return `/telephony-proxy/atendimentodiscador?${new URLSearchParams(event).toString()}`;
};

describe('two companies that use the same key or listen at the same time', () => {
  it('an Idempotency-Key that beta has used is new for another company, even with the same request', async () => {
    const { queue, extension, number } = beta.things;
    const json = { queue, extension: `${extension}-3`, areaCode: '41', number };
    const headers = { 'Idempotency-Key': beta.idempotencyKey };
    delta.vendor.telephony.operators.add(json.extension);
    const ofBeta = await jsonOf(await beta.ask('/calls', { json, headers }), PlacedShape);
    const placed = await delta.ask('/calls', { json, headers });
    expect(placed.status).toBe(201);
    expect(placed.headers.get('Idempotent-Replayed')).toBeNull();
    const { callId, attemptId } = await jsonOf(placed, PlacedShape);
    expect(callId).toMatch(/^ligacao-delta-/);
    expect(attemptId).not.toBe(ofBeta.attemptId);
    const request = { path: `/v1/tenants/${beta.things.tenant}/calls`, method: 'POST', json };
    const foreign = await ask({ ...request, headers }, bearer(delta.key));
    expect(foreign.status).toBe(403);
    expect(leaks(request, foreign)).toEqual([]);
  });

  it("the event streams of another company bring none of beta's calls, wherever they begin", async () => {
    const { things } = delta;
    const url = `${host.url}/v1/tenants/${things.tenant}/events`;
    const streams = await Promise.all([
      openSse(url, delta.key),
      openSse(`${url}?extension=${beta.things.extension}&extension=${things.extension}`, delta.key),
      // The place of the call of beta.
      openSse(url, delta.key, '1'),
    ]);
    for (const stream of streams) expect((await stream.next()).event).toBe('ready');
    for (const company of [beta, delta])
      expect((await ask({ path: eventOf(company) }, undefined)).status).toBe(200);
    for (const stream of streams) {
      expect(JSON.parse((await stream.next()).data)).toMatchObject({
        contactId: things.contactId,
        callId: 'ligacao-nova',
      });
      stream.close();
    }
  });
});

describe('a sender of answered calls', () => {
  it('is refused for beta as for a company that does not exist', async () => {
    const addresses = operations.filter(({ path }) =>
      /^\/(?:telephony-proxy|callbacks)\//.test(path),
    );
    expect(addresses).toHaveLength(6);
    const tell = (operation: Operation, company: Address, token: string) => {
      const { things } = company;
      const path = operation.path.replace('{tenant}', things.tenant);
      const query = eventOf({ things, eventToken: token }).replace(/^.*\?/, '');
      return ask(
        {
          method: operation.method,
          path: `${path.replace('{connection}', things.connection)}?${query}`,
        },
        undefined,
      );
    };
    for (const operation of addresses) {
      for (const token of ['', delta.eventToken, beta.key, 'undefined']) {
        const answer = await tell(operation, beta, token);
        expect(answer.status).toBe(403);
        expect(textOf(answer)).toBe(textOf(await tell(operation, zeta, token)));
      }
    }
  });
});

it('a company with its own key finds everything that the other tests ask of beta, or those tests would prove nothing', async () => {
  const missed: string[] = [];
  // A company is deleted when its key has been revoked.
  const ofHost = guarded.filter(isOfHost).toReversed();
  for (const operation of [...guarded.filter((each) => !isOfHost(each)), ...ofHost]) {
    const key = isOfHost(operation) ? adminKey : epsilon.key;
    for (const request of naming(operation, epsilon, epsilon.things)) {
      const { status } = await ask(request, bearer(key));
      // Found, but not in a state for the operation, or refused by a rule of the company.
      if (status < 300 || status === 409 || status === 422) continue;
      missed.push(`${operation.name}: ${status}`);
    }
  }
  expect(missed).toEqual([]);
});
