import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { tooOldNode } from '../../src/cli/node-version.ts';

it.each(['v20.20.2', 'v22.18.9', 'v18.0.0'])(
  'Node.js %s is refused with the version that is needed',
  (version) => {
    expect(tooOldNode(version)).toBe(
      `finaz-telephony needs Node.js 22.19 or later, and this is ${version}: install a newer one, or start it with the one that "npm run host" brings`,
    );
  },
);

it.each(['v22.19.0', 'v24.21.0', 'v25.0.0-nightly'])('Node.js %s is accepted', (version) => {
  expect(tooOldNode(version)).toBeUndefined();
});

const Package = v.object({
  engines: v.optional(v.object({ node: v.string() })),
  dependencies: v.optional(v.record(v.string(), v.string()), {}),
});
const packageAt = (place: string) =>
  v.parse(
    v.pipe(v.string(), v.parseJson(), Package),
    readFileSync(new URL(`../../${place}package.json`, import.meta.url), 'utf8'),
  );
const own = packageAt('');

it('the package requires the Node.js version that the message names', () => {
  expect(own.engines?.node).toBe('>=22.19');
});

/** The oldest version of a range as a number to compare; of a range with several parts, that of the last part. */
function oldestOf(range = ''): number {
  const [, major = '0', minor = '0'] = />=\s*(\d+)(?:\.(\d+))?\S*$/.exec(range) ?? [];
  return Number(major) * 1000 + Number(minor);
}

it.each(Object.keys(own.dependencies))(
  'the dependency %s needs no newer Node.js than the host does',
  (name) => {
    const { engines } = packageAt(`node_modules/${name}/`);
    expect(oldestOf(engines?.node)).toBeLessThanOrEqual(oldestOf(own.engines?.node));
  },
);
