import * as v from 'valibot';

interface Visitor {
  /** A key of an object. Keys that several objects have from one place count once. */
  readonly key: (path: string) => void;
  /** One word of several that a value may be. */
  readonly word: (path: string, word: string) => void;
}

const isSchema = (node: unknown): node is v.GenericSchema =>
  typeof node === 'object' && node !== null && 'kind' in node && node.kind === 'schema';

const property = (node: object, name: string): unknown =>
  Object.getOwnPropertyDescriptor(node, name)?.value;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

/** What a schema lets documents say, and which of it a document says. */
export class SchemaConstructs {
  /** Where each schema was seen first: parts that are used in several places are one construct. */
  readonly #places = new Map<object, string>();
  readonly all = new Set<string>();
  readonly #schema: v.GenericSchema;

  constructor(schema: v.GenericSchema) {
    this.#schema = schema;
    this.#collect(schema, '');
  }

  #collect(node: unknown, path: string): void {
    if (!isSchema(node)) return;
    for (const option of listOf(property(node, 'options'))) {
      if (typeof option === 'string') this.all.add(`${path} = ${option}`);
      else this.#collect(option, path);
    }
    const literal = property(node, 'literal');
    if (typeof literal === 'string') this.all.add(`${path} = ${literal}`);
    for (const [key, child] of entriesOf(property(node, 'entries'))) {
      if (!isSchema(child) || this.#places.has(child)) continue;
      const place = path === '' ? key : `${path}.${key}`;
      this.#places.set(child, place);
      this.all.add(place);
      this.#collect(child, place);
    }
    this.#collect(property(node, 'wrapped'), path);
    this.#collect(property(node, 'item'), path);
    this.#collect(property(node, 'value'), path);
  }

  usedBy(document: unknown): ReadonlySet<string> {
    const used = new Set<string>();
    this.#walk(this.#schema, document, '', {
      key: (path) => used.add(path),
      word: (path, word) => used.add(`${path} = ${word}`),
    });
    return used;
  }

  #walk(node: unknown, value: unknown, path: string, visitor: Visitor): void {
    if (!isSchema(node) || value === undefined) return;
    for (const option of listOf(property(node, 'options'))) {
      if (isSchema(option)) {
        if (v.is(option, value)) this.#walk(option, value, path, visitor);
      } else if (typeof option === 'string' && option === value) visitor.word(path, option);
    }
    const literal = property(node, 'literal');
    if (typeof literal === 'string' && literal === value) visitor.word(path, literal);
    for (const [key, child] of entriesOf(property(node, 'entries'))) {
      const inner = entriesOf(value).find(([name]) => name === key)?.[1];
      const place = isSchema(child) ? this.#places.get(child) : undefined;
      if (inner === undefined || place === undefined) continue;
      visitor.key(place);
      this.#walk(child, inner, place, visitor);
    }
    this.#walk(property(node, 'wrapped'), value, path, visitor);
    for (const item of listOf(value)) this.#walk(property(node, 'item'), item, path, visitor);
    if (Array.isArray(value)) return;
    for (const [, member] of entriesOf(value)) {
      this.#walk(property(node, 'value'), member, path, visitor);
    }
  }
}
