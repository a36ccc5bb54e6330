import { describe, expect, it } from 'vitest';
import {
  afterAccepting,
  afterSending,
  beforeSending,
  TelephonyError,
  type Delivery,
  type ErrorCode,
} from '../../src/index.ts';
import { ErrorCodeSchema } from '../../src/host.ts';

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

describe('the delivery of an error that does not state it', () => {
  it.each<[string, readonly ErrorCode[], Delivery, Delivery]>([
    ['is seen before anything leaves', unsent, 'not_sent', 'answered'],
    ['may have happened all the same', open, 'unknown', 'unknown'],
    ['only an answer can tell', others, 'answered', 'answered'],
  ])('depends on its code and on a vendor answer: what %s', (_, codes, bare, withVendor) => {
    expect(implied(codes, {})).toEqual(new Set([bare]));
    expect(implied(codes, { vendor: { status: 200 } })).toEqual(new Set([withVendor]));
  });
});

describe('an error of one of several requests', () => {
  const given = {
    code: 'rate_limited',
    message: 'too much',
    hint: 'wait',
    feature: 'click2call',
    retryable: false,
    retryAfterMs: 7,
    vendor: { status: 429, message: 'x' },
  } as const;

  it.each<[string, (error: unknown) => unknown, Delivery, Delivery]>([
    ['after something was sent', afterSending, 'not_sent', 'unknown'],
    ['before anything was sent', beforeSending, 'unknown', 'not_sent'],
  ])('%s: only its delivery changes, unless the vendor answered', (_, put, from, to) => {
    const error = new TelephonyError({ ...given, delivery: from });
    expect(put(error)).toMatchObject({ ...given, delivery: to, cause: error });
    const answered = new TelephonyError({ ...given, delivery: 'answered' });
    expect(put(answered)).toBe(answered);
    expect(put('a text')).toBe('a text');
  });

  it('after the vendor has accepted the request: the delivery is unknown, unless the vendor refused', () => {
    const answered = new TelephonyError({ ...given, delivery: 'answered' });
    expect(afterAccepting(answered)).toMatchObject({ ...given, delivery: 'unknown' });
    const refused = new TelephonyError({ ...given, code: 'refused' });
    expect(afterAccepting(refused)).toBe(refused);
  });
});
