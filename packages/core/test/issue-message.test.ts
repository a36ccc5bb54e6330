import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  ContactSchema,
  Click2CallRequestSchema,
  FeatureNameSchema,
  issueMessage,
} from '../src/host.ts';

const told = (schema: v.GenericSchema, value: unknown) =>
  v.safeParse(schema, value).issues?.map((issue) => {
    const place = v.getDotPath(issue);
    return `${place === null ? '' : `${place}: `}${issueMessage(issue)}`;
  });

const One = v.variant('as', [
  v.strictObject({ as: v.literal('csv') }),
  v.strictObject({ as: v.literal('json') }),
]);

describe('issueMessage', () => {
  it.each<[v.GenericSchema, unknown, string]>([
    [v.strictObject({}), null, 'must be an object, and is null'],
    [v.strictObject({}), 's3cr3t', 'must be an object, and is text'],
    [v.record(v.string(), v.string()), 's3cr3t', 'must be an object, and is text'],
    [v.looseObject({}), undefined, 'is missing; it must be an object'],
    [v.array(v.string()), {}, 'must be a list, and is an object'],
    [v.string(), 41_999_998_888, 'must be text, and is a number'],
    [v.string(), true, 'must be text, and is a boolean'],
    [v.number(), '41999998888', 'must be a number, and is text'],
    [v.number(), Number.NaN, 'must be a number, and is not a number'],
    [v.boolean(), 'yes', 'must be true or false, and is text'],
    [v.nullable(v.string()), 5, 'must be text, and is a number'],
    [v.union([v.string(), v.number()]), null, 'must be text or a number, and is null'],
    [
      v.union([v.boolean(), v.array(v.string())]),
      5,
      'must be true or false or a list, and is a number',
    ],
    [v.literal('all'), 'of a person', 'must be "all"'],
    [v.literal('all'), 5, 'must be "all", and is a number'],
    [FeatureNameSchema, 'clik2call', 'is not known; did you mean "click2call"?'],
    [v.picklist(['fail', 'goOn']), 's3cr3t', 'must be "fail" or "goOn"'],
    [v.picklist(['fail', 'goOn']), '', 'must be "fail" or "goOn"'],
    [v.picklist(['fail', 'goOn']), undefined, 'is missing; it must be "fail" or "goOn"'],
    [v.picklist(['a|b', 'c d']), 5, 'must be "a|b" or "c d", and is a number'],
    [One, { as: 'jsom' }, 'as: is not known; did you mean "json"?'],
    [One, {}, 'as: is missing; it must be "csv" or "json"'],
    [v.strictObject({ a: v.string() }), {}, 'a: is missing'],
    [v.object({ a: v.string() }), { a: undefined }, 'a: is missing; it must be text'],
    [v.strictObject({}), { foo: 's3cr3t' }, 'foo: is not known'],
    [v.never(), 's3cr3t', 'must not be there'],
    [v.instance(Set), {}, 'must be Set, and is an object'],
    [v.pipe(v.string(), v.nonEmpty()), '', 'is empty'],
    [v.pipe(v.string(), v.minLength(3)), 'ab', 'must have at least 3 characters'],
    [v.pipe(v.string(), v.maxLength(3)), 's3cr3t', 'must have at most 3 characters'],
    [v.pipe(v.array(v.string()), v.minLength(1)), [], 'must have at least 1 item'],
    [v.pipe(v.array(v.string()), v.maxLength(1)), ['a', 'b'], 'must have at most 1 item'],
    [v.pipe(v.number(), v.minValue(1)), 0, 'must be at least 1'],
    [v.pipe(v.number(), v.maxValue(9)), 10, 'must be at most 9'],
    [v.pipe(v.number(), v.integer()), 1.5, 'must be a whole number'],
    [v.pipe(v.number(), v.safeInteger()), 2 ** 60, 'must be a whole number'],
    [v.pipe(v.number(), v.finite()), Infinity, 'must be a finite number'],
    [
      v.pipe(v.string(), v.url()),
      's3cr3t',
      'must be an address, for example https://pbx.example/api',
    ],
    [v.pipe(v.string(), v.isoDate()), '25/12', 'must be a day, for example 2026-12-25'],
    [
      v.pipe(v.string(), v.isoTimestamp()),
      'ontem',
      'must be a time with its zone, for example 2026-12-25T09:30:00-03:00',
    ],
    [v.pipe(v.string(), v.regex(/^\d+$/)), 's3cr3t', 'must match /^\\d+$/'],
    [v.pipe(v.string(), v.parseJson()), '{s3cr3t', 'is not valid JSON'],
    // A check that no schema of this project uses.
    [v.pipe(v.string(), v.email()), 's3cr3t', 'Invalid email'],
    // A message that the schema itself brings.
    [v.pipe(v.string(), v.nonEmpty('write a name')), '', 'write a name'],
    [v.picklist(['a'], 'Invalid: take a'), 'b', 'Invalid: take a'],
  ])('says what is wrong without repeating the wrong value: case %#', (schema, value, words) => {
    expect(told(schema, value)).toEqual([words]);
  });

  it('describes each wrong field of a click2call request and of a contact', () => {
    expect(told(Click2CallRequestSchema, { queue: 7, extension: '', areaCode: '41' })).toEqual([
      'queue: must be text, and is a number',
      'extension: extension is empty',
      'number: is missing',
    ]);
    expect(told(ContactSchema, { contactId: 'k', phones: {} })).toContain(
      'phones: must be a list, and is an object',
    );
  });
});
