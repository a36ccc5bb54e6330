import {
  beforeSending,
  meaningOfStatus,
  TelephonyError,
  type AdapterContext,
  type ErrorCode,
  type FeatureName,
  type TelephonyErrorOptions,
} from '@finaz-telephony/core';
import * as v from 'valibot';
import type { Login } from './login.ts';
import { parsedJson } from './parsed-json.ts';
import type { ThreeCxSettings } from './settings.ts';

/** One operation at 3CX. Its context was made by {@link inLogin}. */
export interface PbxWork {
  readonly settings: ThreeCxSettings;
  readonly context: AdapterContext;
  readonly feature: FeatureName | undefined;
}

/** What a status means if a request knows better than {@link usual}. */
export type Meanings = Readonly<Partial<Record<number, Meaning>>>;
export type Meaning = Pick<TelephonyErrorOptions, 'code' | 'message' | 'hint'>;

export interface PbxAnswer {
  readonly status: number;
  readonly body: unknown;
  /** By the clock of the PBX, which its reports use. */
  readonly at: Date;
}

/**
 * The context of an operation, with the token on each request. A request answered with 401 has done nothing, and is sent once more with a new token; it alone,
 * so that no other request of the operation is repeated.
 */
export function inLogin(login: Login, context: AdapterContext): AdapterContext {
  return {
    ...context,
    fetch: (url, init = {}) =>
      login.run(context, async ({ token }) => {
        const headers = new Headers(init.headers);
        headers.set('authorization', `Bearer ${token}`);
        const response = await context.fetch(url, {
          ...init,
          headers: Object.fromEntries(headers),
        });
        if (response.status !== 401) return response;
        await response.body?.cancel();
        throw tokenEnded();
      }),
  };
}

function tokenEnded(): TelephonyError {
  return new TelephonyError({
    code: 'auth_failed',
    message: '3CX has not accepted its own token.',
    hint: 'Each new token ends the one before: give every program, and every host, an API client of its own (admin console, Integrations, API).',
    vendor: { status: 401 },
  });
}

export interface AskOptions {
  readonly body?: unknown;
  readonly meanings?: Meanings;
  /** Keeps the answer out of the log, because it has data that does not concern us, such as other people's names and words, or the licence key. */
  readonly isWithheld?: boolean;
}

/** One request. @throws {TelephonyError} for everything but a readable success */
export async function ask(
  { settings, context, feature }: PbxWork,
  method: 'GET' | 'POST',
  path: string,
  { body, meanings = {}, isWithheld = false }: AskOptions = {},
): Promise<PbxAnswer> {
  const response = await context.fetch(`${settings.baseUrl}${path}`, {
    method,
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    maxResponseBytes: 16 * 1024 ** 2,
    withholdAnswer: isWithheld,
    signal: context.signal,
  });
  const text = await response.text();
  const { status } = response;
  const json = parsedJson(text);
  const failed = meaningOfStatus(response);
  if (failed) {
    throw new TelephonyError({
      ...failed,
      ...(meanings[status] ?? usual[status] ?? { message: sentenceOf(failed.code) }),
      vendor: { status, ...wordsOf(json, text) },
      feature,
    });
  }
  if (json === undefined) throw notOf3cx(method, status, feature);
  const at = Date.parse(response.headers.get('date') ?? '');
  return { status, body: json, at: Number.isNaN(at) ? context.now() : new Date(at) };
}

/** An answer from a gateway does not tell what 3CX has done, so it must not count as 3CX's own failure. */
const sentenceOf = (code: ErrorCode) =>
  code === 'network' || code === 'timeout'
    ? 'Something in front of 3CX got no usable answer from it.'
    : '3CX is not able to do this now.';

/** The permissions that calls need. */
export const mayNotControl: Meaning = {
  code: 'auth_failed',
  message: '3CX does not allow this API client to control calls of this extension.',
  hint: 'Admin console, Integrations, API, the client: tick Call Control access, and add the extension to the monitored extensions. Call Control needs an Enterprise licence.',
};
/** The permissions that reports and recordings need. */
export const mayNotRead: Meaning = {
  code: 'auth_failed',
  message: '3CX does not allow this API client to read reports and recordings.',
  hint: 'Admin console, Integrations, API, the client: tick XAPI access, choose a real department (for example DEFAULT, not System Wide) and the role System Owner.',
};
/** 3CX gives the same answer for an extension that does not exist and for one that the client may not see. */
export const unknownExtension: Meaning = {
  code: 'refused',
  message: '3CX shows no such extension to this host.',
  hint: 'Check the extension of the operator, and whether it is among the monitored extensions of the API client (admin console, Integrations, API).',
};

const usual: Meanings = {
  403: mayNotControl,
  429: { code: 'rate_limited', message: '3CX asks for fewer requests.' },
};

const WordsSchema = v.object({
  reasontext: v.nullish(v.string()),
  reason: v.nullish(v.string()),
  error: v.nullish(v.object({ message: v.nullish(v.string()) })),
});

/** The message in an answer: from Call Control under `reasontext` or `reason`, from the XAPI under `error`. */
function wordsOf(json: unknown, text: string) {
  const read = v.safeParse(WordsSchema, json);
  const { reasontext, reason, error } = read.success ? read.output : {};
  const words = [reasontext, reason, error?.message].find((word) => (word ?? '') !== '');
  if (words) return { message: words };
  return text === '' ? {} : { excerpt: text.slice(0, 200) };
}

function notOf3cx(
  method: string,
  status: number,
  feature: FeatureName | undefined,
): TelephonyError {
  return new TelephonyError({
    code: 'unreadable_response',
    message: '3CX answered in a shape that it never should.',
    hint: 'Check baseUrl: something else may answer there, or something in front of 3CX.',
    vendor: { status },
    delivery: method === 'POST' ? 'unknown' : 'answered',
    feature,
  });
}

/** The answer to a lookup, in its expected shape. @throws {TelephonyError} `unreadable_response` */
export function shapeOf<Schema extends v.GenericSchema>(
  schema: Schema,
  { body, status }: PbxAnswer,
  feature: FeatureName | undefined,
): v.InferOutput<Schema> {
  const read = v.safeParse(schema, body);
  if (read.success) return read.output;
  throw notOf3cx('GET', status, feature);
}

/**
 * A lookup before the request that dials or transfers: a missing answer leaves nothing in doubt. A preview gets no answer, and
 * `standIn` replaces it, so that the next request is shown too.
 */
export async function lookBefore<Result>(
  { context }: PbxWork,
  standIn: Result,
  look: () => Promise<Result>,
): Promise<Result> {
  try {
    return await look();
  } catch (error) {
    if (context.isPreview && !TelephonyError.isInstance(error)) return standIn;
    throw beforeSending(error);
  }
}
