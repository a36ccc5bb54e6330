import { expect, it } from 'vitest';
import { isNoValue } from '../../src/host.ts';

it.each([
  'undefined',
  'NULL',
  '(null)',
  'None',
  'NaN',
  '--A--user_custom-one--B--',
  '{cid}',
  '{{ call.id }}',
  '${call.id}',
  '{0}',
  '{}',
  '<CID>',
  '<call id>',
  '[cid]',
  '%cid%',
])('isNoValue recognizes an unfilled placeholder or a word for no value: %s', (text) => {
  expect(isNoValue(text)).toBe(true);
});

it.each([
  'none',
  'nan',
  'c-1',
  '0',
  '100%',
  'a{b}',
  '[1]-2',
  '{3F2504E0-4F89-11D3-9A0C-0305E82C3301}',
  '<a84b4c76e66710@pbx.example>',
  '<tel:+5541999998888>',
])('isNoValue lets a real value pass: %s', (text) => {
  expect(isNoValue(text)).toBe(false);
});
