import { expect, it } from 'vitest';
import {
  misspeltReferences,
  secretReferences,
  withSecrets,
} from '../../src/tenants/secret-references.ts';

const fill = (text: string) =>
  withSecrets(text, (name) => (name === 'a' ? '1}${secret:a}' : undefined));

it.each([
  ['x${secret:a}y${secret:a}', 'x1}${secret:a}y1}${secret:a}'],
  ['${secret:b}${secret:a', '${secret:b}${secret:a'],
  ['{{ x }} $ {', '{{ x }} $ {'],
])('%s is filled once, and nothing else of it is changed', (text, filled) => {
  expect(fill(text)).toBe(filled);
});

it('finds a name that no secret can have, and none that has no end', () => {
  expect(secretReferences('${secret:a b}${secret:c').map(({ name }) => name)).toEqual(['a b']);
});

it.each(['${secrets:a}', '${ secret: a }', '${secret.a}', '{{ secret.a }}', '${SECRET:a}'])(
  '%s is told how a secret is named',
  (text) => {
    expect(misspeltReferences({ token: text })).toEqual([
      { path: ['token'], message: 'a secret is named ${secret:NAME}' },
    ]);
    expect(misspeltReferences(['${secret:a}', 'secret: {{ secretary }}'])).toEqual([]);
  },
);

it('looks once through references without an end', () => {
  const text = '${secret:'.repeat(100_000);
  const begun = process.threadCpuUsage();
  expect(secretReferences({ text })).toEqual([]);
  expect(fill(text)).toBe(text);
  expect(process.threadCpuUsage(begun).user).toBeLessThan(3_000_000);
});
