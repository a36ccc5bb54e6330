import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bundledAdapters } from '../../src/adapters.ts';
import { tenantJsonSchema } from '../../src/tenants/tenant-json-schema.ts';
import { tenantDocument } from '../support/test-host.ts';

const adapters = new Map(bundledAdapters.map((adapter) => [adapter.id, adapter]));
const schema = tenantJsonSchema(adapters);
const validate = new Ajv({
  strict: false,
  allErrors: true,
  formats: { uri: true, date: true },
}).compile(schema);

function complaints(document: unknown): string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const SchemaPart = v.looseObject({
  description: v.optional(v.string()),
  properties: v.optional(v.record(v.string(), v.unknown())),
});

/** The paths of all keys in a schema that have no description. */
function undescribed(part: unknown, path: string): string[] {
  if (Array.isArray(part)) return part.flatMap((item) => undescribed(item, path));
  if (typeof part !== 'object' || part === null) return [];
  const { properties = {}, ...others } = v.parse(SchemaPart, part);
  return [
    ...Object.entries(properties).flatMap(([name, value]) => [
      ...(isDescribed(value) ? [] : [`${path}.${name}`]),
      ...undescribed(value, `${path}.${name}`),
    ]),
    // The properties of an `if` are a condition, not keys that a document has.
    ...Object.entries(others).flatMap(([key, value]) =>
      key === 'if' ? [] : undescribed(value, path),
    ),
  ];
}

const definitions = v.parse(
  v.object({ definitions: v.record(v.string(), v.unknown()) }),
  schema,
).definitions;

function isDescribed(value: unknown): boolean {
  const { description, $ref } = v.parse(
    v.looseObject({ description: v.optional(v.string()), $ref: v.optional(v.string()) }),
    value,
  );
  if ($ref !== undefined) return isDescribed(definitions[$ref.split('/').at(-1) ?? '']);
  return description !== undefined && description !== '';
}

const called = (settings: object) => ({
  id: '1042',
  name: 'X',
  connections: { d: { adapter: 'generic-http', settings } },
});

describe('the JSON Schema of the tenant document', () => {
  it('describes every key, and covers every bundled adapter', () => {
    expect(undescribed(schema, 'tenant')).toEqual([]);
    expect(
      bundledAdapters.flatMap(({ id }) => (JSON.stringify(schema).includes(id) ? [] : [id])),
    ).toEqual([]);
  });

  it('accepts documents that the host accepts', () => {
    const example: unknown = parse(
      readFileSync(new URL('../../../../docs/examples/tenant.yaml', import.meta.url), 'utf8'),
    );
    expect(complaints(example)).toEqual([]);
    expect(complaints(tenantDocument('http://127.0.0.1:1'))).toEqual([]);
  });

  it('rejects mistakes that the host would reject, inside the settings of an adapter too', () => {
    expect(complaints(called({ click2cal: {} }))).not.toEqual([]);
    expect(
      complaints(called({ click2call: { request: { method: 'GE', url: '/x' } } })),
    ).not.toEqual([]);
    expect(complaints(called({ click2call: { request: {} } }))).toEqual(
      expect.arrayContaining([expect.stringContaining("must have required property 'url'")]),
    );
  });

  it('lets settings that extend a profile override a single key and remove a feature with null', () => {
    const [profile] = v.parse(
      v.looseObject({ profile: v.looseObject({ enum: v.array(v.string()) }) }),
      profileProperties(),
    ).profile.enum;
    const over = { profile, recording: null, click2call: { request: { timeout: 5 } } };
    expect(complaints(called(over))).toEqual([]);
    expect(complaints(called({ ...over, click2cal: {} }))).not.toEqual([]);
  });

  it('is small enough for an editor', () => {
    expect(JSON.stringify(schema).length).toBeLessThan(150_000);
  });
});

function profileProperties(): unknown {
  return adapters.get('generic-http')?.schema && { profile: findProfile(schema) };
}

/** The part that says which profiles there are. */
function findProfile(part: unknown): unknown {
  if (typeof part !== 'object' || part === null) return undefined;
  for (const [key, value] of Object.entries(part)) {
    if (key === 'profile' && typeof value === 'object' && value !== null && 'enum' in value)
      return value;
    const found = findProfile(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
