import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { tooOldNode } from '../../src/cli/node-version.ts';

it.each(['v20.20.2', 'v22.17.9', 'v18.0.0'])('names what is needed instead of %s', (version) => {
  expect(tooOldNode(version)).toBe(
    `finaz-telephony needs Node.js 22.18 or later, and this is ${version}: install a newer one, or start it with the one that "npm run host" brings`,
  );
});

it.each(['v22.18.0', 'v24.21.0', 'v25.0.0-nightly'])('takes %s', (version) => {
  expect(tooOldNode(version)).toBeUndefined();
});

it('asks for what the package says', () => {
  const { engines }: { engines: { node: string } } = createRequire(import.meta.url)(
    '../../package.json',
  );
  expect(engines.node).toBe('>=22.18');
});
