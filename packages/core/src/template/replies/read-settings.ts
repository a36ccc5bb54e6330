import * as v from 'valibot';
import type { NamedSchema } from '../named-schema.ts';

const text = (description: string) =>
  v.pipe(v.string(), v.maxLength(20_000), v.description(description));

const form = <Name extends string>(name: Name, description: string) =>
  v.pipe(v.literal(name), v.description(description));

const DelimitedSchema = v.strictObject({
  as: form('delimited', 'CSV and its kin.'),
  delimiter: v.optional(text('Between two cells; a tab is written "\\t".'), ';'),
  record: v.optional(text('Between two rows; line ends of any kind where it is left out.')),
  quote: v.optional(text('Around cells that hold a delimiter; "" where there are no quotes.'), '"'),
  header: v.pipe(
    v.optional(v.union([v.boolean(), v.array(v.string())]), true),
    v.description(
      'true: the first row names the columns. A list: these are their names. false: rows are lists.',
    ),
  ),
});
export type DelimitedSettings = v.InferOutput<typeof DelimitedSchema>;

const ReaderSchema = v.variant('as', [
  v.strictObject({ as: form('json', 'JSON, whatever the content type says.') }),
  v.strictObject({ as: form('ndjson', 'JSON on each line; `reply` is the list of them.') }),
  v.strictObject({ as: form('text', 'The text itself.') }),
  DelimitedSchema,
  v.strictObject({
    as: form('pairs', 'A name and its value on each line.'),
    separator: v.optional(text('Between a name and its value: "=", " => ", ":".'), '='),
    record: v.optional(
      text('A line that begins a new record, as a regular expression; with it `reply` is a list.'),
    ),
  }),
  v.strictObject({ as: form('xml', 'XML; an attribute is "@name".') }),
  v.strictObject({
    as: form('regex', 'The groups of a regular expression.'),
    pattern: text('RE2, with named groups (?P<name>…). `reply` has the groups of the first match.'),
    all: v.pipe(
      v.optional(v.boolean(), false),
      v.description('`reply` is the list of all matches.'),
    ),
  }),
]);
export type ReaderSettings = v.InferOutput<typeof ReaderSchema>;

const writtenRead = v.pipe(
  v.union([ReaderSchema, v.pipe(v.array(ReaderSchema), v.minLength(1), v.maxLength(5))]),
  v.title('read'),
  v.description(
    'How the answer is read; of a list, the first that can. JSON where it is left out.',
  ),
);
/** How an answer becomes `reply`. The configuration says so, never the content type: vendors send JSON as text/html. */
export interface ReadSchema extends NamedSchema<typeof writtenRead> {}
export const ReadSchema: ReadSchema = writtenRead;
export type ReadSettings = v.InferOutput<typeof ReadSchema>;
