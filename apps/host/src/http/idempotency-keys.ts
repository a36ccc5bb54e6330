import * as v from 'valibot';
import { Counts } from '../counts.ts';
import { RequestError } from './request-error.ts';
import { openRow } from '../store/damaged-rows.ts';
import { insist } from '../store/insist.ts';
import { isStoreUnavailable } from '../store/store-error.ts';
import type { HostLease } from '../store/host-lease.ts';
import type { IdempotencyTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../store/vault.ts';
import { createUnheardKeys } from './unheard-keys.ts';

const AnswerSchema = v.object({
  contentType: v.string(),
  body: v.string(),
  location: v.optional(v.string()),
});

/** An answer to be replayed. */
export type StoredAnswer = v.InferOutput<typeof AnswerSchema> & { readonly status: number };

/** A key as this host holds it for one request. */
export interface HeldKey {
  /** What an earlier request with the key had started when its host died, or did not hear how it ended. */
  readonly begunBefore: string | undefined;
  /**
   * Records what this request starts, before it can be complete.
   *
   * @throws {RequestError} if another host has taken the key over
   */
  readonly begin: (subject: string) => Promise<void>;
  /** Resolves even while the store is away, and is written afterwards: the caller gets the result whether or not it can be stored yet. */
  readonly settle: (answer: StoredAnswer) => Promise<void>;
  /** Nothing happened: the key is free again. Resolves even while the store is away, and is written afterwards. */
  readonly release: () => Promise<void>;
  /**
   * How far this request got is unknown: the next one with the key takes it up, at any host. Resolves even while the store is away, and is written afterwards.
   */
  readonly handOn: () => Promise<void>;
}

export type Claim =
  | { readonly is: 'held'; readonly held: HeldKey }
  | { readonly is: 'answered'; readonly answer: StoredAnswer }
  /** Somebody is working on the first request right now. */
  | { readonly is: 'underWay' }
  /** The host of the first request has died, and nobody knows how far it got. */
  | { readonly is: 'lost' }
  /** The first request was answered, and the stored answer is damaged. */
  | { readonly is: 'unreadable' }
  /** The first request was a different one. */
  | { readonly is: 'other' };

interface KeyedRequest {
  readonly tenantId: string;
  readonly key: string;
  readonly fingerprint: string;
  /** Whether it may be repeated if the host of the first one has died. */
  readonly mayRepeat: boolean;
}

export interface IdempotencyKeys {
  /** Takes a key for a request, or reports what became of the first request with it. */
  readonly claim: (request: KeyedRequest) => Promise<Claim>;
}

/** Used instead of a company, for requests that belong to none, such as creating a key of the host. */
export const keysOfHost = '*';

/** Stands for the host of a key that was handed on. */
const nobody = '';

const placeOf = (key: string) => `idempotency/${key}`;

export function createIdempotencyKeys(
  store: Store,
  vault: Vault,
  lease: Pick<HostLease, 'isAlive'>,
  hostId: string,
  now: () => number,
): IdempotencyKeys {
  const { db } = store;
  const unheard = createUnheardKeys(store);
  /** How many requests are in progress on this host, by tenant and key. A stored key of ours that is not among them has lost its answer: the store was away. */
  const underWay = new Counts();
  const nameOf = (tenantId: string, key: string) => `${tenantId} ${key}`;

  /** The host's own cipher is created with its first answer; a company's exists as long as the company. */
  const cipherOf = (tenantId: string) =>
    tenantId === keysOfHost ? vault.cipher(tenantId) : vault.known(tenantId);

  async function answerOf(row: IdempotencyTable): Promise<Claim | undefined> {
    const { tenant_id: tenant, key, status, sealed } = row;
    if (status === null || sealed === null) return undefined;
    const cipher = await cipherOf(tenant);
    // Its company was deleted in the meantime, and this key with it.
    if (!cipher) return undefined;
    // By its fingerprint: whoever chose the key may have put a person's number into it.
    const named = { tenant, table: 'idempotency_keys', row: row.fingerprint };
    const answer = openRow(store, named, () =>
      v.parse(AnswerSchema, JSON.parse(cipher.open(placeOf(key), sealed))),
    );
    return answer ? { is: 'answered', answer: { ...answer, status } } : { is: 'unreadable' };
  }

  async function isAlive({ tenant_id, key, host_id, created_at }: IdempotencyTable) {
    if (host_id === hostId) return underWay.of(nameOf(tenant_id, key)) > 0;
    if (host_id === nobody) return false;
    return host_id === null || lease.isAlive(host_id, created_at);
  }

  /** @param leave called once the write is done: until then the key counts as in use */
  async function finish(leave: () => void, write: () => Promise<unknown>): Promise<void> {
    let isLeft = false;
    try {
      await write();
    } catch (error) {
      if (!isStoreUnavailable(error)) throw error;
      isLeft = true;
      void insist(write)
        .catch(() => undefined)
        .finally(leave);
    } finally {
      if (!isLeft) leave();
    }
  }

  function hold(tenantId: string, key: string, begunBefore: string | undefined): HeldKey {
    const leave = underWay.add(nameOf(tenantId, key));
    // A host that was suspended in the meantime has lost the key, and writes nothing.
    const mine = { tenant_id: tenantId, key, host_id: hostId };
    const update = (change: Partial<IdempotencyTable>) =>
      db
        .updateTable('idempotency_keys')
        .set(change)
        .where((row) => row.and(mine))
        .executeTakeFirst();
    return {
      begunBefore,
      async begin(subject) {
        const { numUpdatedRows } = await update({ subject });
        if (numUpdatedRows === 0n) throw stillUnanswered();
      },
      settle: ({ status, ...answer }) =>
        finish(leave, async () => {
          const cipher = await cipherOf(tenantId);
          // Its company was deleted in the meantime, and this key with it.
          if (!cipher) return;
          const sealed = cipher.seal(placeOf(key), JSON.stringify(answer));
          await update({ status, sealed, host_id: null });
        }),
      release: () =>
        finish(leave, () =>
          db
            .deleteFrom('idempotency_keys')
            .where((row) => row.and(mine))
            .execute(),
        ),
      handOn: () => finish(leave, () => update({ host_id: nobody })),
    };
  }

  /** `undefined`: the key is taken. */
  async function take({ tenantId, key, fingerprint }: KeyedRequest): Promise<HeldKey | undefined> {
    const row: IdempotencyTable = {
      tenant_id: tenantId,
      key,
      fingerprint,
      status: null,
      sealed: null,
      created_at: now(),
      host_id: hostId,
      subject: null,
    };
    // Counted before the key is written: another request may find the key before this one learns that it is stored.
    const leave = underWay.add(nameOf(tenantId, key));
    try {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('idempotency_keys')
        .values(row)
        .onConflict((conflict) => conflict.columns(['tenant_id', 'key']).doNothing())
        .executeTakeFirst();
      const held = numInsertedOrUpdatedRows === 0n ? undefined : hold(tenantId, key, undefined);
      leave();
      return held;
    } catch (error) {
      // The key may be stored all the same: later requests would take its request for one under way, or for one whose end nobody knows.
      if (isStoreUnavailable(error))
        void unheard
          .free(row)
          .catch(() => undefined)
          .finally(leave);
      else leave();
      throw error;
    }
  }

  let hasFormer: boolean | undefined;

  /**
   * Earlier versions stored the keys of all companies as keys of the host. What was done under such a key must not be repeated; its fingerprint tells
   * whose it is, because it contains the path.
   */
  async function formerOf({ tenantId, key, fingerprint }: KeyedRequest) {
    if (tenantId === keysOfHost) return undefined;
    const ofHost = db
      .selectFrom('idempotency_keys')
      .selectAll()
      .where('tenant_id', '=', keysOfHost);
    // No new ones are added: if there was none at the first lookup, no request has to wait for another.
    hasFormer ??= (await ofHost.limit(1).executeTakeFirst()) !== undefined;
    if (!hasFormer) return undefined;
    return ofHost.where('key', '=', key).where('fingerprint', '=', fingerprint).executeTakeFirst();
  }

  /** For a request whose key is taken. */
  async function repeated(stored: IdempotencyTable, mayRepeat: boolean): Promise<Claim> {
    const { tenant_id: tenantId, key } = stored;
    const answer = await answerOf(stored);
    if (answer) return answer;
    if (await isAlive(stored)) return { is: 'underWay' };
    if (!mayRepeat) return { is: 'lost' };
    const { numUpdatedRows } = await db
      .updateTable('idempotency_keys')
      .set({ host_id: hostId, created_at: now() })
      .where('tenant_id', '=', tenantId)
      .where('key', '=', key)
      .where('host_id', '=', stored.host_id)
      .where('created_at', '=', stored.created_at)
      .where('status', 'is', null)
      .executeTakeFirst();
    // If two requests come for the key of a dead host, one gets it.
    if (numUpdatedRows === 0n) return { is: 'underWay' };
    return { is: 'held', held: hold(tenantId, key, stored.subject ?? undefined) };
  }

  return {
    async claim(request) {
      const { tenantId, key, fingerprint, mayRepeat } = request;
      const former = await formerOf(request);
      if (former) return repeated(former, mayRepeat);
      // One at a time on this host: freeing the key of the first request later must not free that of the second.
      const isUnderWay = underWay.of(nameOf(tenantId, key)) > 0;
      const held = isUnderWay ? undefined : await take(request);
      if (held) return { is: 'held', held };
      const stored = await db
        .selectFrom('idempotency_keys')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('key', '=', key)
        .executeTakeFirst();
      // The key was freed at this very moment.
      if (!stored) return { is: 'underWay' };
      return stored.fingerprint === fingerprint ? repeated(stored, mayRepeat) : { is: 'other' };
    },
  };
}

/** Somebody is working on it right now. */
export const stillUnanswered = (): RequestError =>
  new RequestError(
    409,
    'idempotency_conflict',
    'The first request with this Idempotency-Key has no answer yet.',
    { hint: 'Send it again in a while.', headers: { 'Retry-After': '2' } },
  );

/** @param whereToLook what shows whether it was done */
export const neverAnswered = (whereToLook: string): RequestError =>
  new RequestError(
    409,
    'idempotency_conflict',
    'The host died while it worked on the first request with this Idempotency-Key, and it must not be sent again blindly.',
    { hint: `Look at ${whereToLook}.` },
  );

/** Not as an error of the store, after which a person may try again: the first request may have rung a telephone. @param whereToLook what shows what it did */
export const unreadableAnswer = (whereToLook: string): RequestError =>
  new RequestError(
    409,
    'idempotency_conflict',
    'The first request with this Idempotency-Key was answered, and the stored answer is damaged; it must not be sent again blindly.',
    { hint: `Look at ${whereToLook}.` },
  );
