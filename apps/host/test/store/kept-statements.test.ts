import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { keepStatements } from '../../src/store/kept-statements.ts';

it('a statement is prepared once for the same text, even if the schema changes, and again after many other statements', () => {
  const database = new Database(':memory:');
  let prepared = 0;
  const prepare = database.prepare.bind(database);
  const counted = new Proxy(database, {
    get(target, name) {
      if (name !== 'prepare') return Reflect.get(target, name);
      return (text: string) => {
        prepared += 1;
        return prepare(text);
      };
    },
  });
  database.exec('create table t (a integer); insert into t values (1)');
  const statements = keepStatements(counted);
  const rows = () => statements.prepare('select * from t').all([]);
  expect(rows()).toEqual([{ a: 1 }]);
  database.exec('alter table t add column b integer');
  expect(rows()).toEqual([{ a: 1, b: null }]);
  expect(prepared).toBe(1);

  for (let length = 1; length <= 1000; length += 1)
    statements.prepare(`select ${Array.from({ length }, () => '?').join()}`);
  prepared = 0;
  expect(rows()).toEqual([{ a: 1, b: null }]);
  expect(prepared).toBe(1);
  statements.close();
  expect(database.open).toBe(false);
});
