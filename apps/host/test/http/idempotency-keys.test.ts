import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteQueryNode, InsertQueryNode } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createIdempotencyKeys,
  keysOfHost,
  type IdempotencyKeys,
} from '../../src/http/idempotency-keys.ts';
import type { DamagedRow } from '../../src/store/damaged-rows.ts';
import { loadHostKeys } from '../../src/store/master-keys.ts';
import { silentLogger } from '../../src/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createVault, type Vault } from '../../src/store/vault.ts';
import { meanwhile, onceWritten } from '../support/meanwhile.ts';

let dataDir: string;
let store: Store;
let vault: Vault;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'finaz-keys-'));
  store = await openSqliteStore(dataDir, silentLogger);
  const masterKey = randomBytes(32).toString('base64');
  const { masterKeys } = loadHostKeys({ dataDir, masterKey, adminKey: undefined });
  vault = createVault(store, masterKeys);
  // Every company that exists has a cipher.
  await vault.cipher('1042');
});
afterEach(async () => {
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Of all hosts, only the one with the name `dead` is dead. */
const lease = { isAlive: (hostId: string) => Promise.resolve(hostId !== 'dead') };
const keysOf = (hostId: string, on: Store = store) =>
  createIdempotencyKeys(on, vault, lease, hostId, Date.now);

describe('an Idempotency-Key whose answer cannot be stored', () => {
  let keys: IdempotencyKeys;
  let isAway = false;
  let damaged: DamagedRow[];

  beforeEach(() => {
    const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    const db = new Proxy(store.db, {
      get(target, name) {
        if (isAway && (name === 'updateTable' || name === 'deleteFrom')) throw full;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    damaged = [];
    keys = keysOf('host', { ...store, db, tellDamaged: (row) => void damaged.push(row) });
  });
  afterEach(() => {
    isAway = false;
  });

  const claim = () =>
    keys.claim({ tenantId: '1042', key: 'k', fingerprint: 'f', mayRepeat: false });
  async function held() {
    const claimed = await claim();
    if (claimed.is !== 'held') throw new Error(`the key is ${claimed.is}`);
    return claimed.held;
  }
  const answer = { status: 201, contentType: 'application/json', body: '{}' };

  it('is under way until the answer can be stored, and answered from then on', async () => {
    const key = await held();
    isAway = true;
    await key.settle(answer);
    expect(await claim()).toEqual({ is: 'underWay' });
    isAway = false;
    await vi.waitFor(async () => expect(await claim()).toEqual({ is: 'answered', answer }), 30_000);
  });

  it.each(['v1.AAAA', 'v0'])('is never free again if its answer is damaged: %s', async (sealed) => {
    await (await held()).settle(answer);
    await store.db.updateTable('idempotency_keys').set({ sealed }).execute();
    expect(await claim()).toEqual({ is: 'unreadable' });
    expect(damaged).toEqual([{ tenant: '1042', table: 'idempotency_keys', row: 'f' }]);
  });

  it('is free as soon as the store is back if its request did nothing', async () => {
    const key = await held();
    isAway = true;
    await key.release();
    expect(await claim()).toEqual({ is: 'underWay' });
    isAway = false;
    await vi.waitFor(async () => expect((await claim()).is).toBe('held'), 30_000);
  });
});

describe('an Idempotency-Key that is being stored when the connection to the store breaks', () => {
  const request = { tenantId: '1042', key: 'k', fingerprint: 'f', mayRepeat: false };
  const lost = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  const unheard = () => onceWritten(store, 'idempotency_keys', () => Promise.reject(lost));

  it('becomes free again, because its request did nothing and could otherwise never be carried out', async () => {
    const keys = keysOf('host', unheard());
    await expect(keys.claim(request)).rejects.toBe(lost);
    await vi.waitFor(async () => expect((await keys.claim(request)).is).toBe('held'), 30_000);
  });

  it('becomes free for another host, too, which would otherwise wait as long as the first host lives', async () => {
    await expect(keysOf('host', unheard()).claim(request)).rejects.toBe(lost);
    const other = keysOf('other');
    await vi.waitFor(async () => expect((await other.claim(request)).is).toBe('held'), 30_000);
  });

  it('is not taken from a later request that holds the key by the time it is freed', async () => {
    const keys = keysOf('host', unheard());
    const first = keys.claim(request);
    const again = await Promise.all([first.catch(() => undefined), keys.claim(request)]);
    expect(again).toEqual([undefined, { is: 'underWay' }]);
    await vi.waitFor(async () => expect((await keys.claim(request)).is).toBe('held'), 30_000);
    expect(await keysOf('other').claim(request)).toEqual({ is: 'underWay' });
  });

  it('is not left behind if its host ends while freeing the key: nobody would know what became of the request', async () => {
    const freeing = Promise.withResolvers<void>();
    let inserts = 0;
    const db = store.db.withPlugin({
      transformQuery({ node }) {
        if (InsertQueryNode.is(node) && (inserts += 1) === 1) throw lost;
        if (!DeleteQueryNode.is(node)) return node;
        freeing.resolve();
        throw new Error('the host has ended');
      },
      transformResult: async ({ result }) => result,
    });
    await expect(keysOf('dead', { ...store, db }).claim(request)).rejects.toBe(lost);
    await freeing.promise;
    expect((await keysOf('other').claim(request)).is).toBe('held');
  });
});

it('an Idempotency-Key is under way as soon as other requests can see it, even if its host learns later that it is stored', async () => {
  const claim = () => keys.claim({ tenantId: '1042', key: 'k', fingerprint: 'f', mayRepeat: true });
  const claims: string[] = [];
  const note = async () => claims.push((await claim()).is);
  const keys = keysOf('host', onceWritten(store, 'idempotency_keys', note));
  await note();
  expect(claims).toEqual(['underWay', 'held']);
});

it('an Idempotency-Key belongs to one company: two companies that use the same key at once each get their own answer', async () => {
  await vault.cipher('1043');
  const keys = keysOf('host');
  const claimOf = (tenantId: string) =>
    keys.claim({
      tenantId,
      key: 'k',
      fingerprint: `POST /v1/tenants/${tenantId}/calls`,
      mayRepeat: false,
    });
  const answerOf = (body: string) => ({ status: 201, contentType: 'application/json', body });
  const [mine, theirs] = [await claimOf('1042'), await claimOf('1043')];
  if (mine.is !== 'held' || theirs.is !== 'held') throw new Error('it is not held');
  await mine.held.settle(answerOf('mine'));
  await theirs.held.settle(answerOf('theirs'));
  expect(await claimOf('1042')).toEqual({ is: 'answered', answer: answerOf('mine') });
  expect(await claimOf('1043')).toEqual({ is: 'answered', answer: answerOf('theirs') });
});

describe('an Idempotency-Key whose host has died', () => {
  const request = { tenantId: '1042', key: 'k', fingerprint: 'f', mayRepeat: true };
  it('is taken over by only one of two hosts that find it at the same moment: otherwise the work would be done twice', async () => {
    await keysOf('dead').claim(request);
    const claims: string[] = [];
    // The first look is for keys of an earlier version, the second one for this key.
    const take = async () => claims.push((await keysOf('quick').claim(request)).is);
    const late = meanwhile(store, 'idempotency_keys', take, 2);
    claims.push((await keysOf('slow', late).claim(request)).is);
    expect(claims).toEqual(['held', 'underWay']);
  });

  it('is taken over by only one of two requests at a host that stored the key without learning of it', async () => {
    let at = 0;
    const keysNow = () => createIdempotencyKeys(store, vault, lease, 'host', () => (at += 1));
    await keysNow().claim(request);
    const keys = keysNow();
    const claims = await Promise.all([keys.claim(request), keys.claim(request)]);
    expect(claims.map(({ is }) => is).toSorted()).toEqual(['held', 'underWay']);
  });

  it('is not freed by its old host, if that was only frozen, once another host has taken it over', async () => {
    const frozen = await keysOf('dead').claim(request);
    const other = await keysOf('other').claim(request);
    if (frozen.is !== 'held' || other.is !== 'held') throw new Error('it is not held');
    await frozen.held.release();
    expect(await keysOf('third').claim(request)).toEqual({ is: 'underWay' });
  });

  it('does not let its old host, if that was only frozen, begin work once another host has taken it over', async () => {
    const frozen = await keysOf('dead').claim(request);
    const other = await keysOf('other').claim(request);
    if (frozen.is !== 'held' || other.is !== 'held') throw new Error('it is not held');
    await expect(frozen.held.begin('m-1')).rejects.toThrow('no answer yet');
    await other.held.begin('m-2');
  });
});

describe('an Idempotency-Key whose request failed, but may have been carried out', () => {
  const request = { tenantId: '1042', key: 'k', fingerprint: 'f', mayRepeat: true };
  it.each(['host', 'other'])(
    'is taken over by the same request at "%s", with what the first one began, so that nothing is done twice',
    async (next) => {
      const keys = keysOf('host');
      const first = await keys.claim(request);
      if (first.is !== 'held') throw new Error(`the key is ${first.is}`);
      await first.held.begin('m-1');
      await first.held.handOn();
      const again = await (next === 'host' ? keys : keysOf(next)).claim(request);
      if (again.is !== 'held') throw new Error(`the key is ${again.is}`);
      expect(again.held.begunBefore).toBe('m-1');
    },
  );
});

describe('an Idempotency-Key from a version in which keys belonged to no company', () => {
  const request = {
    tenantId: '1042',
    key: 'k',
    fingerprint: 'POST /v1/tenants/1042/calls',
    mayRepeat: false,
  };
  const answer = { status: 201, contentType: 'application/json', body: '{}' };
  async function heldBefore() {
    const claimed = await keysOf('dead').claim({ ...request, tenantId: keysOfHost });
    if (claimed.is !== 'held') throw new Error(`the key is ${claimed.is}`);
    return claimed.held;
  }

  it('gives its answer to its own company only', async () => {
    await (await heldBefore()).settle(answer);
    const keys = keysOf('host');
    expect(await keys.claim(request)).toEqual({ is: 'answered', answer });
    const fingerprint = 'POST /v1/tenants/1043/calls';
    const other = await keys.claim({ ...request, tenantId: '1043', fingerprint });
    expect(other.is).toBe('held');
  });

  it('is lost, so that its request is not blindly repeated, if its host has died', async () => {
    await heldBefore();
    expect(await keysOf('host').claim(request)).toEqual({ is: 'lost' });
  });

  it('is taken over with what its request began, and then answered, if the request may be repeated', async () => {
    await (await heldBefore()).begin('m-1');
    const keys = keysOf('host');
    const claimed = await keys.claim({ ...request, mayRepeat: true });
    if (claimed.is !== 'held') throw new Error(`the key is ${claimed.is}`);
    expect(claimed.held.begunBefore).toBe('m-1');
    await claimed.held.settle(answer);
    expect(await keys.claim({ ...request, mayRepeat: true })).toEqual({ is: 'answered', answer });
  });
});
