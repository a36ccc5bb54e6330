import { expect, it, onTestFinished } from 'vitest';
import { clockTrouble, skewOf } from '../../src/store/clock-skew.ts';
import { openTestStore } from '../support/host-place.ts';

it.each([
  // The least that it can be: each way took a second.
  ['far ahead', 90_000, 89_000],
  ['far behind', -90_000, -89_000],
  ['right', 0, 0],
  ['ahead by less than the answer took: nobody can tell', 500, 0],
])('the skew is measured for a clock that is %s', async (_name, ahead, told) => {
  let database = 1_764_000_000_000;
  const slow = async () => {
    database += 1000;
    const at = database;
    database += 1000;
    return at;
  };
  expect(await skewOf(slow, () => database + ahead)).toBe(told);
});

it('a host with a wrong clock is warned which way it is wrong if it shares a database, but not if it is alone on its file', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const isShared = store.native.engine === 'postgres';
  const told = async (aheadMs: number) =>
    (await clockTrouble(store, () => Date.now() + aheadMs))?.message.slice(0, 60);
  expect(await told(0)).toBeUndefined();
  expect(await told(90_000)).toBe(
    isShared ? 'the clock of this machine is 90 s ahead of that of the datab' : undefined,
  );
  expect(await told(-90_000)).toBe(
    isShared ? 'the clock of this machine is 90 s behind that of the databas' : undefined,
  );
});
