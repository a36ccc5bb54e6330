import { createHash } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import * as v from 'valibot';
import type { Store } from '../store/store.ts';
import type { Vault } from '../store/vault.ts';
import { invalidRequest, RequestError } from './error-response.ts';
import type { HostContext, HostEnv } from './host-env.ts';

const StoredResponseSchema = v.object({
  contentType: v.string(),
  body: v.string(),
  location: v.optional(v.string()),
});

const placeOf = (key: string) => `idempotency/${key}`;

/**
 * Honours `Idempotency-Key` on POST: the same key with the same request is done once, and answered again with the same answer.
 *
 * - the first request is still under way, or the host died during it: 409, for it must not be sent again blindly
 * - the same key with another request: 422
 * - an answer that says `delivery: not_sent` frees the key: nothing happened, so trying again is right
 */
export function idempotency(store: Store, vault: Vault, now: () => number) {
  const { db } = store;

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
    const tenantId = context.req.param('tenant') ?? '*';
    const fingerprint = createHash('sha256')
      .update(`${context.req.path}\n${await requestText(context)}`)
      .digest('hex');
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('idempotency_keys')
      .values({
        tenant_id: tenantId,
        key,
        fingerprint,
        status: null,
        sealed: null,
        created_at: now(),
      })
      .onConflict((conflict) => conflict.columns(['tenant_id', 'key']).doNothing())
      .executeTakeFirst();
    const cipher = await vault.cipher(tenantId);

    if (numInsertedOrUpdatedRows === 0n) {
      const stored = await db
        .selectFrom('idempotency_keys')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('key', '=', key)
        .executeTakeFirst();
      if (stored && stored.fingerprint !== fingerprint) {
        throw new RequestError(
          422,
          'idempotency_conflict',
          'This Idempotency-Key was used with another request.',
          {
            hint: 'Use a new key for a new request.',
          },
        );
      }
      if (!stored || stored.status === null || stored.sealed === null) {
        throw new RequestError(
          409,
          'idempotency_conflict',
          'The first request with this Idempotency-Key has no answer yet.',
          {
            hint: 'Wait for it. If the host was restarted meanwhile, look at GET /v1/tenants/{tenant}/calls?state=in_doubt.',
            headers: { 'Retry-After': '2' },
          },
        );
      }
      const answer = v.parse(
        StoredResponseSchema,
        JSON.parse(cipher.open(placeOf(key), stored.sealed)),
      );
      context.res = new Response(answer.body, {
        status: stored.status,
        headers: {
          'Content-Type': answer.contentType,
          'Idempotent-Replayed': 'true',
          ...(answer.location !== undefined && { Location: answer.location }),
        },
      });
      return;
    }

    const mine = () =>
      db.updateTable('idempotency_keys').where('tenant_id', '=', tenantId).where('key', '=', key);
    const release = () =>
      db
        .deleteFrom('idempotency_keys')
        .where('tenant_id', '=', tenantId)
        .where('key', '=', key)
        .execute();
    await next();
    const response = context.res;
    const body = await response.clone().text();
    if (nothingHappened(response.status, body)) {
      await release();
      return;
    }
    const location = response.headers.get('Location');
    const answer: v.InferOutput<typeof StoredResponseSchema> = {
      contentType: response.headers.get('Content-Type') ?? 'application/json',
      body,
      ...(location !== null && { location }),
    };
    await mine()
      .set({ status: response.status, sealed: cipher.seal(placeOf(key), JSON.stringify(answer)) })
      .execute();
  });
}

/**
 * What tells one request from another. The body of a mailing is streamed and may be of any length: its length stands for it, with whatever else the
 * caller says of it.
 */
async function requestText(context: HostContext): Promise<string> {
  if (!context.req.path.endsWith('/mailings')) return context.req.text();
  const told = ['Content-Type', 'Content-Length', 'Content-Encoding', 'Content-Digest'].map(
    (name) => context.req.header(name) ?? '',
  );
  return [new URL(context.req.url).search, ...told].join('\n');
}

const DeliverySchema = v.object({ delivery: v.string() });

/** Refused before any request left: by its form, by a limit, or with nothing sent. */
function nothingHappened(status: number, body: string): boolean {
  if (status < 400) return false;
  if (status === 400 || status === 401 || status === 403 || status === 404 || status === 415)
    return true;
  try {
    const problem = v.safeParse(DeliverySchema, JSON.parse(body));
    return !problem.success || problem.output.delivery === 'not_sent';
  } catch {
    return true;
  }
}
