import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import type { AsteriskHost } from './asterisk-host.ts';

let passed = 0;
let failed = 0;

/** Runs one check and prints a line; a failure does not stop the other checks. */
export async function check(name: string, run: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  try {
    await run();
    passed += 1;
    console.log(`ok    ${name} (${Math.round(performance.now() - startedAt)} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n      ${error instanceof Error ? error.message : String(error)}`);
  }
}

export const tally = () => ({ passed, failed });

const Json = v.looseObject({});
export async function json(response: Response, status: number) {
  const text = await response.text();
  assert.equal(response.status, status, text);
  return v.parse(v.pipe(v.string(), v.parseJson(), Json), text);
}

const ProblemShape = v.looseObject({
  code: v.string(),
  detail: v.string(),
  hint: v.optional(v.string(), ''),
  delivery: v.optional(v.string()),
});
/** An error as the CRM gets it; each must have a code, a sentence and a hint. */
export async function problem(response: Response, status: number) {
  const told = v.parse(ProblemShape, await json(response, status));
  assert.notEqual(told.hint, '', `no hint: ${told.detail}`);
  return told;
}

export async function until<Value>(
  read: () => Promise<Value | undefined>,
  what: string,
  seconds = 20,
): Promise<Value> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(200)) {
    const value = await read();
    if (value !== undefined) return value;
  }
  throw new Error(`${what} did not come within ${seconds} s`);
}

const ProgressShape = v.object({
  phase: v.string(),
  outcome: v.optional(v.string()),
  vendorStatus: v.optional(v.string()),
});

export const contact = (contactId: string, ...numbers: string[]) => ({
  contactId,
  name: 'Maria da Silva',
  cpf: '52998224725',
  phones: numbers.map((number) => ({ areaCode: '11', number })),
});

/** Steps of the checks with calls and mailings, through the host's API. */
export function steps({ ask, lab }: AsteriskHost) {
  const place = (extension: string, number: string) =>
    ask('/calls', { json: { queue: '100', extension, areaCode: '11', number } });
  const ari = (method: string, path: string) =>
    fetch(`${lab.url}/ari${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${lab.ari.user}:${lab.ari.password}`).toString('base64')}`,
      },
    });
  const EndpointShape = v.looseObject({ channel_ids: v.array(v.string()) });
  return {
    place,
    ari,
    placed: async (extension: string, number: string): Promise<string> => {
      return String((await json(await place(extension, number), 201))['callId']);
    },
    phase: (callId: string, wanted: string, seconds?: number) =>
      until(
        async () => {
          const body = await json(await ask(`/calls/${callId}`), 200);
          const progress = v.parse(v.nullable(ProgressShape), body['progress']);
          return progress?.phase === wanted ? progress : undefined;
        },
        `phase ${wanted}`,
        seconds,
      ),
    transfer: (extension: string, destination: string) =>
      ask('/transfers', { json: { queue: '100', extension, destination } }),
    /** Ends all calls of an extension. */
    hangUp: async (...extensions: string[]): Promise<void> => {
      for (const extension of extensions) {
        await until(async () => {
          const endpoint = v.parse(
            EndpointShape,
            await (await ari('GET', `/endpoints/PJSIP/${extension}`)).json(),
          );
          for (const id of endpoint.channel_ids)
            await ari('DELETE', `/channels/${encodeURIComponent(id)}`);
          return endpoint.channel_ids.length === 0 ? true : undefined;
        }, 'a free operator');
      }
    },
    send: async (queue: string, contacts: unknown): Promise<string> => {
      const body = await json(await ask(`/mailings?queue=${queue}`, { json: contacts }), 202);
      return String(body['mailingId']);
    },
    mailingIn: (id: string, wanted: string, seconds = 30) =>
      until(
        async () => {
          const body = await json(await ask(`/mailings/${id}`), 200);
          if (body['state'] === 'stopped' && wanted !== 'stopped')
            throw new Error(JSON.stringify(body['error']));
          return body['state'] === wanted ? body : undefined;
        },
        `a mailing that is ${wanted}`,
        seconds,
      ),
  };
}
