import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import type { InstalledAdapter } from './installed-adapter.ts';
import { TenantDocumentSchema } from './tenant-document.ts';

/** A part of a JSON Schema (draft 7). */
type Schema = Readonly<Record<string, unknown>>;

/** The JSON Schema of the tenant document with the settings of these adapters, each key described: for editors. */
export function tenantJsonSchema(adapters: ReadonlyMap<string, InstalledAdapter>): object {
  const { $schema, ...document } = schemaOf(TenantDocumentSchema);
  const settings = [...adapters].map(([id, adapter]) => settingsOf(id, adapter));
  const whole = mapProperty(document, 'connections', (connections) => ({
    ...connections,
    additionalProperties: {
      ...asSchema(connections['additionalProperties']),
      allOf: settings,
    },
  }));
  return { $schema, ...withDefinitions(whole) };
}

const schemaOf = (schema: v.GenericSchema): Schema => ({
  ...toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input' }),
});

/** If a connection has this adapter, its settings are these. */
function settingsOf(id: string, { name, schema }: InstalledAdapter): Schema {
  const { $schema: _, ...settings } = schemaOf(schema);
  return conditional(
    { properties: { adapter: { const: id } }, required: ['adapter'] },
    {
      properties: { settings: { description: `Settings of ${name}.`, ...laidOver(settings) } },
    },
  );
}

function conditional(condition: Schema, consequence: Schema, otherwise?: Schema): Schema {
  // oxlint-disable-next-line unicorn/no-thenable -- the word of JSON Schema; nobody waits for a schema
  return { if: condition, then: consequence, ...(otherwise && { else: otherwise }) };
}

/** Settings with a key `profile` override the profile: nothing else is required, and `null` removes a key. */
function laidOver(settings: Schema): Schema {
  if (!Object.hasOwn(asSchema(settings['properties']), 'profile')) return settings;
  return conditional({ required: ['profile'] }, relaxed(settings), settings);
}

function relaxed(schema: Schema): Schema {
  const { required: _, ...rest } = schema;
  return mapSchemas(rest, (part, key) => {
    const inner = relaxed(part);
    if (key !== 'properties') return inner;
    const { description } = inner;
    return { ...(description !== undefined && { description }), anyOf: [inner, { type: 'null' }] };
  });
}

function mapProperty(schema: Schema, name: string, change: (part: Schema) => Schema): Schema {
  const properties = asSchema(schema['properties']);
  return {
    ...schema,
    properties: { ...properties, [name]: change(asSchema(properties[name])) },
  };
}

/** Applies a change to each subschema; `key` is its place. */
function mapSchemas(schema: Schema, change: (part: Schema, key: string) => Schema): Schema {
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === 'properties')
        return [
          key,
          Object.fromEntries(
            Object.entries(asSchema(value)).map(([name, part]) => [
              name,
              change(asSchema(part), key),
            ]),
          ),
        ];
      if (partKeys.has(key) && isSchema(value)) return [key, change(value, key)];
      if (listKeys.has(key) && Array.isArray(value))
        return [key, value.map((part: unknown) => change(asSchema(part), key))];
      return [key, value];
    }),
  );
}

const partKeys = new Set(['items', 'additionalProperties', 'propertyNames', 'if', 'then', 'else']);
const listKeys = new Set(['anyOf', 'oneOf', 'allOf']);

/** A shorter part is easier to read in place. */
const shortest = 300;

/** Moves what occurs more than once, such as a request, a rule or a step, into definitions, and references it. */
function withDefinitions(schema: Schema): Schema {
  const seen = new Map<string, number>();
  const count = (part: Schema): Schema => {
    const text = JSON.stringify(part);
    if (text.length >= shortest) seen.set(text, (seen.get(text) ?? 0) + 1);
    return mapSchemas(part, count);
  };
  count(schema);
  const names = new Map<string, string>();
  const definitions: Record<string, Schema> = {};
  const replace = (part: Schema): Schema => {
    const text = JSON.stringify(part);
    if ((seen.get(text) ?? 0) < 2) return mapSchemas(part, replace);
    const known = names.get(text);
    const name = known ?? `part${names.size + 1}`;
    if (known === undefined) {
      names.set(text, name);
      definitions[name] = mapSchemas(part, replace);
    }
    return { $ref: `#/definitions/${name}` };
  };
  return { ...mapSchemas(schema, replace), definitions };
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `true` and missing schemas allow anything. */
const asSchema = (value: unknown): Schema => (isSchema(value) ? value : {});
