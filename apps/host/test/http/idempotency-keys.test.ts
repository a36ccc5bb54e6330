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
import { loadHostKeys } from '../../src/store/master-keys.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createVault, type Vault } from '../../src/store/vault.ts';
import { meanwhile, onceWritten } from '../support/meanwhile.ts';

let dataDir: string;
let store: Store;
let vault: Vault;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'finaz-keys-'));
  store = await openSqliteStore(dataDir);
  const masterKey = randomBytes(32).toString('base64');
  const { masterKeys } = loadHostKeys({ dataDir, masterKey, adminKey: undefined });
  vault = createVault(store, masterKeys);
  // As of each company that is there.
  await vault.cipher('1042');
});
afterEach(async () => {
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Of all hosts that of this name alone is dead. */
const lease = { isAlive: (hostId: string) => Promise.resolve(hostId !== 'dead') };
const keysOf = (hostId: string, on: Store = store) =>
  createIdempotencyKeys(on, vault, lease, hostId, Date.now);

describe('an Idempotency-Key whose answer cannot be written down', () => {
  let keys: IdempotencyKeys;
  let isAway = false;

  beforeEach(() => {
    const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    const db = new Proxy(store.db, {
      get(target, name) {
        if (isAway && (name === 'updateTable' || name === 'deleteFrom')) throw full;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    keys = keysOf('host', { ...store, db });
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

  it('is under way until it can, and then answered', async () => {
    const key = await held();
    isAway = true;
    await key.settle(answer);
    expect(await claim()).toEqual({ is: 'underWay' });
    isAway = false;
    await vi.waitFor(async () => expect(await claim()).toEqual({ is: 'answered', answer }), 30_000);
  });

  it('is free as soon as it can be, where nothing happened', async () => {
    const key = await held();
    isAway = true;
    await key.release();
    expect(await claim()).toEqual({ is: 'underWay' });
    isAway = false;
    await vi.waitFor(async () => expect((await claim()).is).toBe('held'), 30_000);
  });
});

describe('an Idempotency-Key that is written down, though its host hears of a broken connection', () => {
  const request = { tenantId: '1042', key: 'k', fingerprint: 'f', mayRepeat: false };
  const lost = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  const unheard = () => onceWritten(store, 'idempotency_keys', () => Promise.reject(lost));

  it('is free again, because nothing was done: else the same words would never be carried out', async () => {
    const keys = keysOf('host', unheard());
    await expect(keys.claim(request)).rejects.toBe(lost);
    await vi.waitFor(async () => expect((await keys.claim(request)).is).toBe('held'), 30_000);
  });

  it('is free at another host, too, which would take it for under way as long as this one lives', async () => {
    await expect(keysOf('host', unheard()).claim(request)).rejects.toBe(lost);
    const other = keysOf('other');
    await vi.waitFor(async () => expect((await other.claim(request)).is).toBe('held'), 30_000);
  });

  it('stays with whom it belongs to by the time when it is freed', async () => {
    const keys = keysOf('host', unheard());
    const first = keys.claim(request);
    const again = await Promise.all([first.catch(() => undefined), keys.claim(request)]);
    expect(again).toEqual([undefined, { is: 'underWay' }]);
    await vi.waitFor(async () => expect((await keys.claim(request)).is).toBe('held'), 30_000);
    expect(await keysOf('other').claim(request)).toEqual({ is: 'underWay' });
  });

  it('is not left behind by a host that ends while it frees it: where it was never stored, too, nobody would know what became of it', async () => {
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

it('is under way from the moment when others can see it: its host may hear of that later', async () => {
  const claim = () => keys.claim({ tenantId: '1042', key: 'k', fingerprint: 'f', mayRepeat: true });
  const claims: string[] = [];
  const note = async () => claims.push((await claim()).is);
  const keys = keysOf('host', onceWritten(store, 'idempotency_keys', note));
  await note();
  expect(claims).toEqual(['underWay', 'held']);
});

it('is of its company alone: each is given its own answer, though both are under way at once', async () => {
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
  it('is taken up by one of two hosts that find it in the same moment: with both, all would be done twice', async () => {
    await keysOf('dead').claim(request);
    const claims: string[] = [];
    // The first look is for keys of an earlier version, the second one for this key.
    const take = async () => claims.push((await keysOf('quick').claim(request)).is);
    const late = meanwhile(store, 'idempotency_keys', take, 2);
    claims.push((await keysOf('slow', late).claim(request)).is);
    expect(claims).toEqual(['held', 'underWay']);
  });

  it('is taken up by one of two requests where that host is this one, which the store has told nothing of it', async () => {
    let at = 0;
    const keysNow = () => createIdempotencyKeys(store, vault, lease, 'host', () => (at += 1));
    await keysNow().claim(request);
    const keys = keysNow();
    const claims = await Promise.all([keys.claim(request), keys.claim(request)]);
    expect(claims.map(({ is }) => is).toSorted()).toEqual(['held', 'underWay']);
  });

  it('is not freed by that host, should it only have stood still: what another one does would be done again', async () => {
    const frozen = await keysOf('dead').claim(request);
    const other = await keysOf('other').claim(request);
    if (frozen.is !== 'held' || other.is !== 'held') throw new Error('it is not held');
    await frozen.held.release();
    expect(await keysOf('third').claim(request)).toEqual({ is: 'underWay' });
  });

  it('is begun no more by that host, should it only have stood still', async () => {
    const frozen = await keysOf('dead').claim(request);
    const other = await keysOf('other').claim(request);
    if (frozen.is !== 'held' || other.is !== 'held') throw new Error('it is not held');
    await expect(frozen.held.begin('m-1')).rejects.toThrow('no answer yet');
    await other.held.begin('m-2');
  });
});

describe('an Idempotency-Key whose request has failed, and may have been carried out', () => {
  const request = { tenantId: '1042', key: 'k', fingerprint: 'f', mayRepeat: true };
  it.each(['host', 'other'])(
    'is taken up by the same request at "%s", which finds what was begun: as a new one it would be done twice',
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

describe('an Idempotency-Key of a version in which keys belonged to no company', () => {
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

  it('is answered again, and to nobody else', async () => {
    await (await heldBefore()).settle(answer);
    const keys = keysOf('host');
    expect(await keys.claim(request)).toEqual({ is: 'answered', answer });
    const fingerprint = 'POST /v1/tenants/1043/calls';
    const other = await keys.claim({ ...request, tenantId: '1043', fingerprint });
    expect(other.is).toBe('held');
  });

  it('is not done again blindly where its host has died', async () => {
    await heldBefore();
    expect(await keysOf('host').claim(request)).toEqual({ is: 'lost' });
  });

  it('is taken up where it was, where that may be', async () => {
    await (await heldBefore()).begin('m-1');
    const keys = keysOf('host');
    const claimed = await keys.claim({ ...request, mayRepeat: true });
    if (claimed.is !== 'held') throw new Error(`the key is ${claimed.is}`);
    expect(claimed.held.begunBefore).toBe('m-1');
    await claimed.held.settle(answer);
    expect(await keys.claim({ ...request, mayRepeat: true })).toEqual({ is: 'answered', answer });
  });
});
