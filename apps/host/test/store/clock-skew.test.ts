import { expect, it, onTestFinished } from 'vitest';
import { clockTrouble, skewOf } from '../../src/store/clock-skew.ts';
import { openTestStore } from '../support/host-place.ts';

it.each([
  // At least so much: each way took a second.
  ['far ahead', 90_000, 89_000],
  ['far behind', -90_000, -89_000],
  ['right', 0, 0],
  ['ahead by less than the answer took: nobody can tell', 500, 0],
])('a clock that is %s', async (_name, ahead, told) => {
  let database = 1_764_000_000_000;
  const slow = async () => {
    database += 1000;
    const at = database;
    database += 1000;
    return at;
  };
  expect(await skewOf(slow, () => database + ahead)).toBe(told);
});

it('the clock of a host that is alone on its file harms nobody; of one that shares a database it is told which way it is wrong', async () => {
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
