import {
  TelephonyError,
  type AdapterContext,
  type FeatureName,
  type TelephonyErrorOptions,
} from '@finaz-telephony/core';
import * as v from 'valibot';
import { refuseFromInFront } from './in-front.ts';
import type { AsteriskSettings } from './settings.ts';

export interface AriWork {
  readonly settings: AsteriskSettings;
  readonly context: AdapterContext;
  readonly feature: FeatureName | undefined;
}

type Method = 'GET' | 'POST' | 'DELETE';

export interface AriAnswer {
  readonly method: Method;
  readonly status: number;
  readonly body: unknown;
  /** Asterisk's message: under `message`, or under `error` if a channel could not be created. */
  readonly message: string;
  /** The clock of the server. */
  readonly date: string | null;
}

const WordsSchema = v.object({ message: v.optional(v.string()), error: v.optional(v.string()) });

export function authorization({ ari }: Pick<AsteriskSettings, 'ari'>): string {
  const bytes = new TextEncoder().encode(`${ari.user}:${ari.password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** One ARI request. Returns every answer except those that mean the same for all requests: credentials, permissions, and a server that cannot answer. */
export async function askAri(
  { settings, context, feature }: AriWork,
  method: Method,
  path: string,
  body?: unknown,
): Promise<AriAnswer> {
  const response = await context.fetch(`${settings.baseUrl}/ari${path}`, {
    method,
    headers: {
      authorization: authorization(settings),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    maxResponseBytes: 4 * 1024 ** 2,
    signal: context.signal,
  });
  const text = await response.text();
  const { status } = response;
  const read = readJson(text);
  const told = v.safeParse(WordsSchema, read);
  const message = told.success ? (told.output.message ?? told.output.error ?? '') : '';
  const words = message === '' ? { excerpt: text.slice(0, 200) } : { message };
  const refusal = refusalOf(status, message, read === undefined);
  if (refusal) {
    throw new TelephonyError({
      ...refusal,
      ...(refusal.code === 'unreadable_response' && unread(method)),
      vendor: { status, ...words },
      ...(feature && { feature }),
    });
  }
  // This message is about a channel that could not be created: the caller says what that means.
  if (message !== 'Allocation failed') refuseFromInFront(response, feature, words);
  return { method, status, body: read, message, date: response.headers.get('date') };
}

/** After an unreadable answer, it is unknown whether the request was carried out. */
const unread = (method: Method) => (method === 'GET' ? {} : ({ delivery: 'unknown' } as const));

type Refusal = Pick<TelephonyErrorOptions, 'code' | 'message' | 'hint'>;

/** What an answer means if it means the same for every request. */
function refusalOf(status: number, message: string, isNoJson: boolean): Refusal | undefined {
  if (status === 401) {
    return {
      code: 'auth_failed',
      message: 'Asterisk does not accept the user of ARI.',
      hint: 'Compare ari.user and ari.password with ari.conf.',
    };
  }
  if (status === 403) return message === 'Access denied by ACL' ? fromElsewhere : mayOnlyRead;
  // Asterisk answers so while it is starting, too.
  if (status === 404 && isNoJson) {
    return {
      code: 'unavailable',
      message: 'Asterisk does not serve ARI at this address, or is only just starting.',
      hint: 'If it has been running for a while: set enabled=yes in ari.conf and http.conf, load res_ari, and check baseUrl and prefix.',
    };
  }
  if (status === 200 && isNoJson) {
    return {
      code: 'unreadable_response',
      message: 'Something other than Asterisk answers at this address.',
      hint: 'Check baseUrl: it is the address of the HTTP server of Asterisk, without a path.',
    };
  }
  return undefined;
}

const fromElsewhere: Refusal = {
  code: 'auth_failed',
  message: 'Asterisk does not let the user of ARI in from the address of this host.',
  hint: 'Add "permit" with the address of this host to the user in ari.conf ("asterisk setup --host-address" writes it), then "module reload res_ari.so".',
};
const mayOnlyRead: Refusal = {
  code: 'auth_failed',
  message: 'The user of ARI may only read.',
  hint: 'Set read_only=no for it in ari.conf, then "module reload res_ari".',
};

/** An answer in its expected shape. @throws {TelephonyError} `unreadable_response` */
export function shapeOf<Schema extends v.GenericSchema>(
  schema: Schema,
  { method, status, body }: AriAnswer,
  feature: FeatureName | undefined,
): v.InferOutput<Schema> {
  const read = v.safeParse(schema, body);
  if (read.success) return read.output;
  throw new TelephonyError({
    code: 'unreadable_response',
    message: 'The answer has a form that Asterisk never sends.',
    hint: 'Check baseUrl: something else may answer there.',
    ...unread(method),
    vendor: { status },
    ...(feature && { feature }),
  });
}

function readJson(text: string): unknown {
  if (text.trim() === '') return null;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

const EndpointSchema = v.object({
  state: v.optional(v.string(), ''),
  channel_ids: v.optional(v.array(v.string()), []),
});
const BridgesSchema = v.array(v.object({ channels: v.array(v.string()) }));

export type Endpoint = v.InferOutput<typeof EndpointSchema>;

/** The phone of an extension; `undefined` if Asterisk knows none. */
export async function findEndpoint(
  work: AriWork,
  extension: string,
): Promise<Endpoint | undefined> {
  const { technology } = work.settings;
  const answer = await askAri(
    work,
    'GET',
    `/endpoints/${technology}/${encodeURIComponent(extension)}`,
  );
  return answer.status === 200 ? shapeOf(EndpointSchema, answer, work.feature) : undefined;
}

/** The channels that are in a conversation right now. */
export async function bridgedChannels(work: AriWork): Promise<ReadonlySet<string>> {
  const answer = await askAri(work, 'GET', '/bridges');
  const bridges = shapeOf(BridgesSchema, answer, work.feature);
  return new Set(
    bridges.filter(({ channels }) => channels.length > 1).flatMap(({ channels }) => channels),
  );
}
