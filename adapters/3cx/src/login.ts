import {
  meaningOfStatus,
  sharedLogin,
  TelephonyError,
  type AdapterContext,
  type LoggedIn,
  type SharedLogin,
} from '@finaz-telephony/core';
import * as v from 'valibot';
import { parsedJson } from './parsed-json.ts';
import type { ThreeCxSettings } from './settings.ts';

interface Session {
  readonly token: string;
}

export type Login = SharedLogin<Session>;

/** The one login of a connection, shared by all its requests: each new token of 3CX invalidates the previous one. */
export function createLogin(settings: ThreeCxSettings): Login {
  return sharedLogin((context) => askForToken(settings, context), { token: 'token' });
}

const TokenSchema = v.object({
  access_token: v.pipe(v.string(), v.nonEmpty()),
  expires_in: v.nullish(v.number()),
});
const RefusalSchema = v.object({
  error: v.optional(v.string()),
  error_description: v.nullish(v.string()),
});

async function askForToken(
  settings: ThreeCxSettings,
  context: AdapterContext,
): Promise<LoggedIn<Session>> {
  const response = await requestToken(settings, context);
  const { status, headers } = response;
  const json = parsedJson(await response.text());
  const failed = meaningOfStatus(response);
  if (failed) {
    const refusal = v.safeParse(RefusalSchema, json);
    const words = refusal.success
      ? (refusal.output.error_description ?? refusal.output.error)
      : undefined;
    throw new TelephonyError({
      ...failed,
      ...sentenceOf(status),
      vendor: { status, ...(words !== undefined && { message: words }) },
    });
  }
  const token = v.safeParse(TokenSchema, json);
  if (!token.success) throw noToken(status);
  const { access_token: accessToken, expires_in: expiresIn } = token.output;
  const there = Date.parse(headers.get('date') ?? '');
  const now = Number.isNaN(there) ? context.now().getTime() : there;
  return {
    session: { token: accessToken },
    lifetimeMs: lifetimeOf(accessToken, expiresIn ?? undefined, now),
  };
}

const requestToken = ({ baseUrl, clientId, apiKey }: ThreeCxSettings, context: AdapterContext) =>
  context.fetch(`${baseUrl}/connect/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      client_id: clientId,
      client_secret: apiKey,
      grant_type: 'client_credentials',
    }).toString(),
    withholdAnswer: true,
    signal: context.signal,
  });

function sentenceOf(status: number) {
  // 3CX answers a wrong key with either status.
  if (status === 400 || status === 401) {
    return {
      code: 'auth_failed' as const,
      message: '3CX does not accept the Client ID with this API key.',
      hint: 'Compare both with the admin console: Integrations, API. The key is shown once; make a new one where it is lost.',
    };
  }
  if (status === 403) {
    return {
      message: '3CX does not let this host log in.',
      hint: 'Look whether the console is restricted to certain addresses, and allow that of this host.',
    };
  }
  if (status === 404) {
    return {
      code: 'invalid_config' as const,
      message: 'The server at this address does not offer the login of 3CX v20.',
      hint: 'Check baseUrl, with its port: the address of the web client, without a path.',
    };
  }
  return { message: '3CX could not log this host in.' };
}

function noToken(status: number): TelephonyError {
  return new TelephonyError({
    code: 'unreadable_response',
    message: 'What answers at this address gives no token of 3CX.',
    hint: 'Check baseUrl: something else may answer there.',
    vendor: { status },
  });
}

/** A token is not used in its last minute, because the request still has to arrive. */
const marginMs = 60_000;

/**
 * How long a token can be used.
 *
 * @param now by the clock of the PBX, which has written the expiry into the token
 */
export function lifetimeOf(token: string, expiresIn: number | undefined, now: number): number {
  const expiry = expiryOf(token);
  const byToken = expiry === undefined ? 0 : expiry - now - marginMs;
  if (byToken > 0) return byToken;
  // `expires_in` is in seconds since 20.0.9; before, it was in minutes, and always 60.
  const seconds = expiresIn === undefined || expiresIn === 60 ? 3600 : expiresIn;
  return Math.max(0, seconds * 1000 - marginMs);
}

const ClaimsSchema = v.object({ exp: v.number() });

/** The expiry of a JSON Web Token. */
function expiryOf(token: string): number | undefined {
  const [, payload] = token.split('.');
  if (payload === undefined) return undefined;
  const claims = v.safeParse(ClaimsSchema, parsedJson(decoded(payload)));
  return claims.success ? claims.output.exp * 1000 : undefined;
}

function decoded(base64url: string): string {
  try {
    return atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return '';
  }
}
