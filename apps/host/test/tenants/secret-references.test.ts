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
])(
  '%s: each known reference is filled in once, and the rest of the text stays as written',
  (text, filled) => {
    expect(fill(text)).toBe(filled);
  },
);

it('a reference whose name no secret can have is found, and a reference that is not closed is ignored', () => {
  expect(secretReferences('${secret:a b}${secret:c').map(({ name }) => name)).toEqual(['a b']);
});

it.each(['${secrets:a}', '${ secret: a }', '${secret.a}', '{{ secret.a }}', '${SECRET:a}'])(
  '%s is reported with the correct way to name a secret',
  (text) => {
    expect(misspeltReferences({ token: text })).toEqual([
      { path: ['token'], message: 'a secret is named ${secret:NAME}' },
    ]);
    expect(misspeltReferences(['${secret:a}', 'secret: {{ secretary }}'])).toEqual([]);
  },
);

it('a text of 100,000 references that are not closed is searched in linear time', () => {
  const text = '${secret:'.repeat(100_000);
  const begun = process.threadCpuUsage();
  expect(secretReferences({ text })).toEqual([]);
  expect(fill(text)).toBe(text);
  expect(process.threadCpuUsage(begun).user).toBeLessThan(3_000_000);
});
