import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startHostProcess } from '../support/cli-process.ts';
import { createHostPlace } from '../support/host-place.ts';

it('is told by the start that makes it, and by later ones where it is', async () => {
  const place = await createHostPlace();
  const keys = join(place.dataDir, 'keys.json');
  const told = async (variables: Readonly<Record<string, string>>) => {
    const host = await startHostProcess({ ...place.variables, ...variables, DRAIN_SECONDS: '0' });
    await host.signal('SIGTERM');
    return host
      .stderr()
      .split('\n')
      .filter((line) => line.startsWith('Admin key'));
  };
  expect(await told({})).toEqual([
    expect.stringMatching(
      /^Admin key \(told this once, kept in .*keys\.json\): ft_admin_[\w-]{43}$/,
    ),
  ]);
  expect(await told({})).toEqual([`Admin key: in ${keys}`]);
  expect(await told({ ADMIN_KEY: 'ft_admin_key_of_the_tests_0123456789' })).toEqual([]);
  await place.remove();
});
