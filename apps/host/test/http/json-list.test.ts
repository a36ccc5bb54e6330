import { expect, test } from 'vitest';
import { jsonList } from '../../src/http/json-list.ts';
import { silentLogger } from '../../src/logger.ts';

const itemsOf = (count: number) => Array.from({ length: count }, (_, index) => ({ id: index }));

test.each([0, 1, 50, 51, 100, 230])('a list of %i items is whole JSON', async (count) => {
  const answer = jsonList('items', itemsOf(count), silentLogger);
  expect(answer.headers.get('Content-Type')).toBe('application/json');
  expect(await answer.json()).toEqual({ items: itemsOf(count) });
});

test('a long list is written few items at a time, and others get their turn in between', async () => {
  const { body } = jsonList('items', itemsOf(230), silentLogger);
  if (!body) throw new Error('there is no body');
  let turn = 0;
  const watch = () => {
    turn += 1;
    watching = setImmediate(watch);
  };
  let watching = setImmediate(watch);
  const turns: number[] = [];
  try {
    for await (const piece of body) {
      const count = new TextDecoder().decode(piece).split('"id"').length - 1;
      expect(count).toBeLessThanOrEqual(50);
      if (count > 0) turns.push(turn);
    }
  } finally {
    clearImmediate(watching);
  }
  expect(turns).toHaveLength(5);
  expect(new Set(turns).size).toBe(5);
});
