import * as v from 'valibot';
import { charsets, exchange, StepSchema, text, whole } from '../exchanges/exchange-settings.ts';
import type { NamedSchema } from '../named-schema.ts';

export const CountSchema = v.pipe(
  v.optional(v.picklist(['contacts', 'phones']), 'contacts'),
  v.description('Whether size is a number of contacts or of phones.'),
);

const ColumnSchema = v.strictObject({
  name: v.pipe(v.optional(v.string(), ''), v.description('In the first line, with header.')),
  value: v.pipe(v.string(), v.description('What a cell holds: {{ contactId }}.')),
});

const writtenFile = v.pipe(
  v.strictObject({
    name: v.pipe(v.optional(v.string(), 'arqMailing.csv'), v.description('May use {{ }}.')),
    line: v.pipe(
      v.optional(v.string()),
      v.description(
        "The manual's way to write a line: ID;CPF;DDD1Telefone1;DDD2Telefone2. What stands together is joined; the sign between the names is the delimiter, unless that is set.",
      ),
    ),
    columns: v.pipe(
      v.optional(v.array(ColumnSchema)),
      v.description('The columns in order; each value may use {{ }}.'),
    ),
    per: v.pipe(
      v.optional(v.picklist(['contact', 'phone']), 'contact'),
      v.description('Whether a line of the file is one contact or one phone.'),
    ),
    delimiter: v.pipe(
      v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(5))),
      v.description('Between two cells; without it the sign between the names of line, or ;.'),
    ),
    header: v.pipe(v.optional(v.boolean(), false), v.description('A first line with the names.')),
    quote: v.pipe(
      v.optional(v.picklist(['needed', 'always', 'never']), 'needed'),
      v.description('When a cell stands in quotes.'),
    ),
    lineEnd: v.pipe(
      v.optional(v.picklist(['crlf', 'lf']), 'crlf'),
      v.description('crlf as on Windows, or lf.'),
    ),
    charset: v.pipe(
      v.optional(v.picklist(charsets), 'utf-8'),
      v.description('In which the file is written.'),
    ),
    field: v.pipe(
      v.optional(v.string()),
      v.description('Name of the part of multipart/form-data; without it the file is the body.'),
    ),
    fields: v.pipe(
      v.optional(v.record(v.string(), v.string()), {}),
      v.description('Further parts of the form.'),
    ),
    sized: v.pipe(
      v.optional(v.boolean(), false),
      v.description(
        'Announces the length of the file (Content-Length), for systems that read no body without it; the file is made twice for that.',
      ),
    ),
    contentType: v.pipe(
      v.optional(v.string(), 'text/csv'),
      v.description('Media type of the file.'),
    ),
  }),
  v.check(
    ({ line, columns }) => (line === undefined) !== (columns === undefined),
    'needs either line or columns',
  ),
);
export interface FileSettings extends v.InferOutput<typeof writtenFile> {}
export interface FileSchema extends NamedSchema<typeof writtenFile, FileSettings> {}
const FileSchema: FileSchema = writtenFile;

const writtenContactLoad = v.strictObject({
  ...exchange,
  unit: v.pipe(
    v.optional(v.picklist(['contact', 'phone', 'batch', 'file']), 'contact'),
    v.description('What one request carries.'),
  ),
  size: v.pipe(v.optional(whole(1, 10_000), 100), v.description('Most items of a batch.')),
  count: CountSchema,
  file: v.pipe(
    v.optional(FileSchema),
    v.description('With unit "file": how the file of a mailing is written.'),
  ),
  rejected: v.pipe(
    v.optional(
      v.strictObject({
        rows: text('The list of items that were not taken: reply.errors'),
        contactId: text('From {{ row… }}.'),
        message: v.optional(text('From {{ row… }}.'), ''),
      }),
    ),
    v.description('Items of a batch or file that the reply says were not taken.'),
  ),
  taken: v.optional(text('How many contacts were taken, as the reply says.')),
  prepare: v.pipe(
    v.optional(v.pipe(v.array(StepSchema), v.maxLength(10))),
    v.description('Once before the first contact.'),
  ),
  activate: v.pipe(
    v.optional(v.pipe(v.array(StepSchema), v.maxLength(10))),
    v.description('Once after the last contact: dialing begins. Safe to repeat.'),
  ),
  deactivate: v.pipe(
    v.optional(v.pipe(v.array(StepSchema), v.maxLength(10))),
    v.description('Dialing ends. Safe to repeat.'),
  ),
  find: v.pipe(
    v.optional(
      v.strictObject({
        ...exchange,
        rows: text('The list of contacts that are there.'),
        contactId: text('From {{ row… }}.'),
      }),
    ),
    v.description('Asks which of {{ items… }} the system has: settles contacts in doubt.'),
  ),
  repeatable: v.pipe(
    v.optional(v.boolean(), false),
    v.description('The vendor keeps one entry when the same contact is sent again.'),
  ),
});
export interface ContactLoadSettings extends v.InferOutput<typeof writtenContactLoad> {}
export interface ContactLoadSchema extends NamedSchema<
  typeof writtenContactLoad,
  ContactLoadSettings
> {}
export const ContactLoadSchema: ContactLoadSchema = writtenContactLoad;
