import * as v from 'valibot';
import { fieldKind } from '../exchanges/field-names.ts';
import { shortestHidden } from '../exchanges/shortest-hidden.ts';
import { unwrapped, type DocumentIssue } from './document-issue.ts';

export const SecretNameSchema = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/,
    'a secret name has 1 to 64 letters, digits, "_", "." or "-" and begins with a letter',
  ),
);

const reference = /\$\{secret:([^}]*)\}/g;

/** A reference as other tools write it, or with a slip: it would be sent to the vendor in place of the secret. */
const misspelt = /\$\{(?!secret:) *(?:secret|Secret|SECRET)s? *[:.]|\{\{ *secrets?[:.]/;

/** The text up to its last closing brace. No reference can end after it, and the search for the end of each would run through the rest of the text. */
const closedPart = (text: string): string => text.slice(0, text.lastIndexOf('}') + 1);

/** Looks a secret up by name. */
export type SecretLookup = (name: string) => string | undefined;

/** Replaces a secret whose value is unknown here, or irrelevant. */
export const secretPlaceholder = (name: string): string => `secret-${name}`;

/** Replaces a secret in what people see. */
export const maskedSecret = (name: string): string => `***${name}***`;

/** Every string of a document, with its place. */
export function* stringsOf(
  value: unknown,
  path: readonly (string | number)[] = [],
): Generator<{ path: readonly (string | number)[]; text: string }> {
  if (typeof value === 'string') yield { path, text: value };
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* stringsOf(item, [...path, index]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* stringsOf(item, [...path, key]);
  }
}

/** The secrets that a document names, with the places that name them. */
export function secretReferences(
  value: unknown,
): { readonly name: string; readonly path: readonly (string | number)[] }[] {
  return [...stringsOf(value)].flatMap(({ path, text }) =>
    [...closedPart(text).matchAll(reference)].map((match) => ({ name: match[1] ?? '', path })),
  );
}

/** Places that name a secret in a spelling that is not recognised. */
export const misspeltReferences = (value: unknown): DocumentIssue[] =>
  [...stringsOf(value)].flatMap(({ path, text }) =>
    misspelt.test(text) ? [{ path, message: 'a secret is named ${secret:NAME}' }] : [],
  );

/** Plain-text credentials in settings, found by field names. An adapter that declares its secrets refuses them; a template cannot. */
export function writtenSecrets(
  settings: unknown,
): { readonly path: readonly (string | number)[]; readonly value: string }[] {
  return [...stringsOf(settings)].flatMap(({ path, text }) => {
    const value = text.replace(/^(?:Bearer|Basic|Token) +/i, '').trim();
    const isWritten =
      fieldKind(String(path.at(-1))) === 'secret' && !/\{\{|\$\{secret:/.test(value);
    return isWritten && value.length >= shortestHidden ? [{ path, value }] : [];
  });
}

/** A copy of a document with each `${secret:name}` replaced. Replaced text is never read again, so a secret may hold anything. */
export function withSecrets(value: unknown, lookup: SecretLookup): unknown {
  if (typeof value === 'string') {
    const closed = closedPart(value);
    const filled = closed.replace(reference, (written, name: string) => lookup(name) ?? written);
    return filled + value.slice(closed.length);
  }
  if (Array.isArray(value)) return value.map((item) => withSecrets(item, lookup));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, withSecrets(item, lookup)]),
    );
  }
  return value;
}

/** The message about a place that holds a credential itself. */
export const secretIsWritten = (name: string, tenantId = 'TENANT'): string =>
  `a secret is named here, not written: put it with PUT /v1/tenants/${tenantId}/secrets/${name} and write \${secret:${name}}`;

/** Fields that hold a credential must name a secret, never write one into the document. */
export function writtenSecretIssues(
  schema: v.GenericSchema,
  value: unknown,
  path: readonly (string | number)[] = [],
): DocumentIssue[] {
  const here = unwrapped(schema);
  if (typeof value === 'string') {
    return isSecretField(here) && !/^\$\{secret:[^}]+\}$/.test(value)
      ? [{ path, message: secretIsWritten(String(path.at(-1))) }]
      : [];
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !('entries' in here))
    return [];
  const entries = here.entries;
  if (typeof entries !== 'object' || entries === null) return [];
  const schemas = new Map(Object.entries(entries));
  return Object.entries(value).flatMap(([key, item]) => {
    const entry = schemas.get(key);
    return isSchema(entry) ? writtenSecretIssues(entry, item, [...path, key]) : [];
  });
}

function isSchema(value: unknown): value is v.GenericSchema {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'schema';
}

function isSecretField(schema: v.GenericSchema): boolean {
  const metadata: Record<string, unknown> = v.getMetadata(schema);
  return metadata['secret'] === true;
}
