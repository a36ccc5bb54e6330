import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import * as v from 'valibot';
import { addressHere } from '../address-here.ts';
import { readEnvironment, StartError, type Environment } from '../environment.ts';
import { maskTokens } from '../exchanges/mask-tokens.ts';
import { loadHostKeys } from '../store/master-keys.ts';
import { platformCode } from '../platform-code.ts';

/** The API of a running host, on this machine or elsewhere. */
export interface HostApi {
  readonly url: string;
  readonly get: <Shape extends v.GenericSchema>(
    path: string,
    shape: Shape,
  ) => Promise<v.InferOutput<Shape>>;
  readonly post: <Shape extends v.GenericSchema>(
    path: string,
    shape: Shape,
  ) => Promise<v.InferOutput<Shape>>;
  /** The data of the messages of a stream, until it ends. */
  readonly stream: (path: string) => AsyncGenerator<string>;
}

/** The host does not answer, or the connection to it was lost. */
export class HostAway extends StartError {}

/** The host answered with an error status. */
export class HostRefused extends Error {
  override readonly name = 'HostRefused';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Statuses of a host that is starting or has lost its store, and of a proxy that does not reach the host. */
const passing: ReadonlySet<number> = new Set([502, 503, 504]);

const ProblemSchema = v.looseObject({
  code: v.optional(v.string()),
  detail: v.optional(v.string()),
  title: v.optional(v.string()),
  hint: v.optional(v.string()),
  errors: v.optional(
    v.array(
      v.object({
        path: v.optional(v.string()),
        parameter: v.optional(v.string()),
        message: v.string(),
      }),
    ),
    [],
  ),
});

/** Options of every command that asks a host. */
export const hostFlags = {
  url: {
    type: 'string',
    description:
      'address of the running host; else TELEPHONY_URL, else HOST and PORT of this environment',
  },
  key: {
    type: 'string',
    description:
      'API key; else TELEPHONY_KEY, which the list of processes does not show, else the admin key of this environment',
  },
} as const;

export interface HostFlags {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
}

/** The address of a host, and the headers for a request to it. */
export interface NamedHost {
  readonly url: string;
  readonly headers: { readonly Authorization: string };
}

/** @throws {StartError} if there is no key, or if the address or the key is not well-formed */
export function namedHost(flags: HostFlags): NamedHost {
  const environment = readEnvironment(process.env);
  const given = flags.url ?? process.env['TELEPHONY_URL'] ?? addressHere(environment);
  if (!URL.canParse(given) || !/^https?:/i.test(given)) {
    const place = flags.url === undefined ? 'environment TELEPHONY_URL' : '--url';
    throw new StartError(
      `${place}: is not a valid address; write for example https://telephony.example`,
    );
  }
  const key = flags.key ?? process.env['TELEPHONY_KEY'] ?? adminKeyOf(environment);
  if (!/^[\x21-\x7e]+$/.test(key)) {
    const place = flags.key === undefined ? 'environment TELEPHONY_KEY' : '--key';
    throw new StartError(`${place}: is no key; it has visible ASCII characters only`);
  }
  return { url: given.replace(/\/+$/, ''), headers: { Authorization: `Bearer ${key}` } };
}

/** @throws {StartError} if there is no key, or if the address or the key is not well-formed */
export function openHostApi(flags: HostFlags): HostApi {
  const { url, headers } = namedHost(flags);

  async function ask(path: string, method: string, accept: string): Promise<Response> {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: { ...headers, Accept: accept },
    }).catch((error: unknown) => {
      throw new HostAway(
        maskTokens(
          `no host answers at ${url} (${reasonOf(error)}); start it, or name another one with --url or TELEPHONY_URL`,
        ),
      );
    });
    if (!response.ok) throw new HostRefused(response.status, await wordsOf(response));
    return response;
  }

  const read =
    (method: string) =>
    async <Shape extends v.GenericSchema>(path: string, shape: Shape) => {
      const answer: unknown = await (await ask(path, method, 'application/json')).json();
      const parsed = v.safeParse(shape, answer);
      if (parsed.success) return parsed.output;
      throw new StartError(`${url} gives an answer that this version does not know; is it a host?`);
    };

  return {
    url,
    get: read('GET'),
    post: read('POST'),
    async *stream(path) {
      const { body } = await ask(path, 'GET', 'text/event-stream').catch((error: unknown) => {
        const isPassing = error instanceof HostRefused && passing.has(error.status);
        throw isPassing ? new HostAway(error.message) : error;
      });
      if (!body) return;
      const messages = body
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream());
      try {
        for await (const { data } of messages) yield data;
      } catch (error) {
        throw new HostAway(`the host at ${url} was lost (${reasonOf(error)})`);
      }
    },
  };
}

function adminKeyOf(environment: Environment): string {
  if (environment.adminKey !== undefined) return environment.adminKey;
  if (!existsSync(join(environment.dataDir, 'keys.json'))) {
    throw new StartError(
      `environment TELEPHONY_KEY: no key to ask the host with, and none in ${environment.dataDir}; "finaz-telephony keys create" makes one`,
    );
  }
  return loadHostKeys(environment).adminKey;
}

/** `fetch` only says that it failed; the reason is in the error's cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return platformCode(cause) || cause.message;
}

const keyHint =
  'Name a key of this host with --key or TELEPHONY_KEY; "finaz-telephony keys create" makes one.';

async function wordsOf(response: Response): Promise<string> {
  const text = await response.text();
  const problem = v.safeParse(v.pipe(v.string(), v.parseJson(), ProblemSchema), text);
  if (!problem.success) return `the host answered ${response.status}`;
  const { code, detail, title, hint, errors } = problem.output;
  const words = detail ?? title ?? `the host answered ${response.status}`;
  return [
    code === undefined ? words : `${words} (${code})`,
    ...errors.map(({ path, parameter, message }) => `${parameter ?? path ?? ''} ${message}`.trim()),
    // For a refused key, the host's hint addresses programs; here a person chose the key.
    ...(response.status === 401 ? [keyHint] : hint === undefined ? [] : [hint]),
  ].join('\n');
}
