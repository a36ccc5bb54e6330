import { expect, it } from 'vitest';
import { checkDatabase } from '../src/doctor/check-manager.ts';

const { signal } = new AbortController();

it('the doctor reports an AstDB that takes no writes, even if the value of an earlier run is still there because its removal was undone', async () => {
  let isLocked = false;
  let value: string | undefined;
  const locked = {
    async ask({ Action, Val }: Readonly<Record<string, string>>) {
      if (Action === 'DBPut' && !isLocked) value = Val;
      // When the entry is to be removed, the disk is already full.
      if (Action === 'DBDel') isLocked = true;
      return Action === 'DBGet' && value !== undefined ? [new Map([['Val', value]])] : [];
    },
  };
  expect(await checkDatabase(locked, { signal })).toMatchObject({ state: 'ok' });
  expect(await checkDatabase(locked, { signal })).toMatchObject({ state: 'broken' });
});
