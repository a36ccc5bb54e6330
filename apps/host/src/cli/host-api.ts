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

/** The API of a host that serves, here or elsewhere, as a command uses it. */
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

/** No answer: the host is not there, or was lost in the middle. */
export class HostAway extends StartError {}

/** The host said no. */
export class HostRefused extends Error {
  override readonly name = 'HostRefused';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Said by a host that starts or has lost its store, and by a proxy that does not reach it. */
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

const AddressSchema = v.pipe(
  v.string(),
  v.url('environment TELEPHONY_URL: is no address; write for example https://telephony.example'),
);

/**
 * The host at `TELEPHONY_URL`, else the one of this environment. Its key is `TELEPHONY_KEY`, else the admin key of this environment: never an argument, which
 * the list of processes would show.
 *
 * @throws {StartError} where there is no key
 */
export function openHostApi(): HostApi {
  const environment = readEnvironment(process.env);
  const address = v.safeParse(
    AddressSchema,
    process.env['TELEPHONY_URL'] ?? addressHere(environment),
  );
  if (!address.success) throw new StartError(address.issues[0].message);
  const url = address.output.replace(/\/+$/, '');
  const headers = { Authorization: `Bearer ${keyOf(environment)}` };

  async function ask(path: string, method: string, accept: string): Promise<Response> {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: { ...headers, Accept: accept },
    }).catch((error: unknown) => {
      throw new HostAway(
        maskTokens(
          `no host answers at ${url} (${reasonOf(error)}); start it, or name another one with TELEPHONY_URL`,
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

function keyOf(environment: Environment): string {
  const given = process.env['TELEPHONY_KEY'] ?? environment.adminKey;
  if (given !== undefined) return given;
  if (!existsSync(join(environment.dataDir, 'keys.json'))) {
    throw new StartError(
      `environment TELEPHONY_KEY: no key to ask the host with, and none in ${environment.dataDir}; "finaz-telephony keys create" makes one`,
    );
  }
  return loadHostKeys(environment).adminKey;
}

/** The reason of a failed fetch is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return platformCode(cause) || cause.message;
}

async function wordsOf(response: Response): Promise<string> {
  const text = await response.text();
  const problem = v.safeParse(v.pipe(v.string(), v.parseJson(), ProblemSchema), text);
  if (!problem.success) return `the host answered ${response.status}`;
  const { code, detail, title, hint, errors } = problem.output;
  const words = detail ?? title ?? `the host answered ${response.status}`;
  return [
    code === undefined ? words : `${words} (${code})`,
    ...errors.map(({ path, parameter, message }) => `${parameter ?? path ?? ''} ${message}`.trim()),
    ...(hint === undefined ? [] : [hint]),
  ].join('\n');
}
