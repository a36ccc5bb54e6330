import { expect, it } from 'vitest';
import { arrayValue } from '../../src/store/postgres-array.ts';

it('a list is written as PostgreSQL reads an array', () => {
  expect(arrayValue([])).toBe('{}');
  expect(arrayValue(['a', 'b,{}', 'NULL', '', ' ç ', null])).toBe(
    '{"a","b,{}","NULL",""," ç ",null}',
  );
  expect(arrayValue([1, -2, null])).toBe('{1,-2,null}');
});

it.each(['"', '\\', '\n', '\u0001', '\ud83d'])(
  'a list that contains %j is left to the driver',
  (sign) => {
    const values = ['a', `x${sign}`];
    expect(arrayValue(values)).toBe(values);
  },
);
