import { describe, expect, it } from 'vitest';
import { ErrorCodeSchema, TelephonyError, type Delivery, type ErrorCode } from '../../src/index.ts';

const unsent: readonly ErrorCode[] = [
  'invalid_input',
  'invalid_config',
  'feature_off',
  'address_blocked',
];
const open: readonly ErrorCode[] = ['timeout', 'network', 'in_doubt', 'internal'];
const others = ErrorCodeSchema.options.filter(
  (code) => !unsent.includes(code) && !open.includes(code),
);

const implied = (codes: readonly ErrorCode[], more: { readonly vendor?: { status: number } }) =>
  new Set(codes.map((code) => new TelephonyError({ code, message: 'x', ...more }).delivery));

describe('the delivery of an error that does not say it', () => {
  it.each<[string, readonly ErrorCode[], Delivery, Delivery]>([
    ['is seen before anything leaves', unsent, 'not_sent', 'answered'],
    ['may have happened all the same', open, 'unknown', 'unknown'],
    ['only an answer can tell', others, 'answered', 'answered'],
  ])('of what %s', (_, codes, bare, withVendor) => {
    expect(implied(codes, {})).toEqual(new Set([bare]));
    expect(implied(codes, { vendor: { status: 200 } })).toEqual(new Set([withVendor]));
  });
});
