import { createHash } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import * as v from 'valibot';
import { invalidRequest, RequestError } from './request-error.ts';
import type { HostContext, HostEnv } from './host-env.ts';
import { problemResponse } from './problem.ts';
import { smallBody } from './small-body.ts';
import {
  keysOfHost,
  neverAnswered,
  stillUnanswered,
  unreadableAnswer,
  type IdempotencyKeys,
  type StoredAnswer,
} from './idempotency-keys.ts';

/** Marks an answer as that of an earlier request. */
export const replayed = ['Idempotent-Replayed', 'true'] as const;

/** May be repeated if it is unknown how far a host got before it died: everything except what rings a telephone. */
const repeatable = /^\/v1\/tenants\/[^/]+\/(?:mailings|queues)(?:\/|$)/;

/** Leaves no call, but what it has sent is in the log. */
const trial = /^\/v1\/tenants\/[^/]+\/connections\//;

/**
 * Honours `Idempotency-Key` on POST: the same key with the same request is carried out once, and answered again with the same answer.
 *
 * - the first request is still in progress: 409
 * - its host died: resumed if it may be repeated, as a mailing may; otherwise 409, because it must not be sent again blindly
 * - the same key with another request: 422
 * - the stored answer is damaged: 409, because the first request was carried out
 * - the answer contained what must not be kept, such as a new key: 409, with what became of the first request
 * - an answer with `delivery: not_sent`, or a rate limit, frees the key: nothing happened, so trying again is right
 * - the host failed, or its store was away: the same request takes up what was begun, if it may be repeated
 */
export function idempotency(keys: IdempotencyKeys) {
  return createMiddleware<HostEnv>(async (context, next) => {
    const key = context.req.header('Idempotency-Key');
    if (context.req.method !== 'POST' || key === undefined) return next();
    if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw invalidRequest([
        {
          parameter: 'Idempotency-Key',
          message: 'must have 1 to 255 visible ASCII characters; a UUID is a good one',
        },
      ]);
    }
    const { path } = context.req;
    const tenantId = context.req.param('tenant') ?? keysOfHost;
    const fingerprint = createHash('sha256')
      .update(`${path}\n${await requestText(context)}`)
      .digest('hex');
    const mayRepeat = repeatable.test(path);
    const claim = await keys.claim({ tenantId, key, fingerprint, mayRepeat });
    if (claim.is === 'other') throw usedOtherwise();
    if (claim.is === 'underWay') throw stillUnanswered();
    if (claim.is === 'lost') throw neverAnswered(whatShows(tenantId, path));
    if (claim.is === 'unreadable') throw unreadableAnswer(whatShows(tenantId, path));
    if (claim.is === 'answered') {
      context.res = again(claim.answer);
      return;
    }
    const { held } = claim;
    context.set('heldKey', held);
    await next();
    const response = context.res;
    const body = await response.clone().text();
    const end = endOf(response.status, body, mayRepeat);
    // What the request before had begun may be there, or still come to its end, though this one is refused.
    const isTakenUp = held.begunBefore !== undefined;
    if (end === 'handedOn' || (end === 'free' && isTakenUp)) return held.handOn();
    if (end === 'free') return held.release();
    const instead = keptInstead(context);
    await held.settle(instead ? toKeep(instead, await instead.text()) : toKeep(response, body));
  });
}

/** Stored instead of an answer that must not be kept. */
function keptInstead(context: HostContext): Response | undefined {
  const refusal = context.get('answeredAgain');
  return refusal && problemResponse({ ...refusal.problem, requestId: context.get('requestId') });
}

function toKeep({ status, headers }: Response, body: string): StoredAnswer {
  const location = headers.get('Location');
  return {
    status,
    contentType: headers.get('Content-Type') ?? 'application/json',
    body,
    ...(location !== null && { location }),
  };
}

function usedOtherwise(): RequestError {
  return new RequestError(
    422,
    'idempotency_conflict',
    'This Idempotency-Key was used with another request.',
    { hint: 'Use a new key for a new request.' },
  );
}

function again({ status, contentType, body, location }: StoredAnswer): Response {
  return new Response(body, {
    status,
    headers: {
      'Content-Type': contentType,
      [replayed[0]]: replayed[1],
      ...(location !== undefined && { Location: location }),
    },
  });
}

/**
 * What distinguishes one request from another. The body of a mailing is streamed and may be of any length: its length represents it, with whatever else the
 * caller declares about it.
 */
async function requestText(context: HostContext): Promise<string> {
  if (!context.req.path.endsWith('/mailings')) return smallBody(context);
  const told = ['Content-Type', 'Content-Length', 'Content-Encoding', 'Content-Digest'].map(
    (name) => context.req.header(name) ?? '',
  );
  return [new URL(context.req.url).search, ...told].join('\n');
}

const DeliverySchema = v.object({ delivery: v.string() });

/**
 * What becomes of the key after an answer. `free`: nothing was sent; the request was refused for its form, or by a limit. `handedOn`: how far the request got
 * is unknown, and the same request finds out.
 */
function endOf(status: number, body: string, mayRepeat: boolean): 'free' | 'handedOn' | 'kept' {
  if (status < 400) return 'kept';
  const delivery = deliveryIn(body);
  if (delivery === 'unknown') return 'kept';
  if (delivery !== undefined) {
    const isFree = delivery === 'not_sent' || [400, 401, 403, 404, 415, 429].includes(status);
    return isFree ? 'free' : 'kept';
  }
  if (mayRepeat) return status >= 500 ? 'handedOn' : 'free';
  return status === 500 ? 'kept' : 'free';
}

function deliveryIn(body: string): string | undefined {
  try {
    const problem = v.safeParse(DeliverySchema, JSON.parse(body));
    return problem.success ? problem.output.delivery : undefined;
  } catch {
    return undefined;
  }
}

function whatShows(tenantId: string, path: string): string {
  if (tenantId === keysOfHost) return 'GET /v1/keys';
  const ofTenant = `GET /v1/tenants/${encodeURIComponent(tenantId)}`;
  if (repeatable.test(path)) return `${ofTenant}/mailings`;
  return trial.test(path) ? `${ofTenant}/exchanges` : `${ofTenant}/calls`;
}
