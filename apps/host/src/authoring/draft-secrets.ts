import * as v from 'valibot';
import { Document, isMap, isScalar, parseDocument } from 'yaml';
import { schemaIssues } from '../tenants/document-issue.ts';
import { readDocument } from '../tenants/read-document.ts';
import { fileError } from '../tenants/read-tenant-file.ts';
import { readTextIfThere } from '../named-file.ts';

/** `secrets.yaml` of a folder. It may be the file of a running host, with secrets of other companies and with text that people wrote. */
export interface DraftSecrets {
  of(tenant: string): Readonly<Record<string, string>>;
  /** The file's text with further secrets of a company; existing entries and comments are preserved. */
  with(tenant: string, further: Readonly<Record<string, string>>): string;
}

const SecretsSchema = v.record(v.string(), v.record(v.string(), v.string()));

/** @throws {StartError} naming the file and the place of each error, but no value */
export async function readDraftSecrets(file: string): Promise<DraftSecrets> {
  const text = await readTextIfThere(file);
  if (text === undefined) return draftSecrets(new Document({}), {});
  const reading = readDocument(text);
  if (!('value' in reading)) throw fileError(file, reading.issues);
  const { success, output, issues } = v.safeParse(SecretsSchema, reading.value);
  if (!success) {
    const found = issues.flatMap((issue) => schemaIssues(issue, SecretsSchema));
    throw fileError(file, found);
  }
  return draftSecrets(parseDocument(text), output);
}

function draftSecrets(
  document: Document,
  values: v.InferOutput<typeof SecretsSchema>,
): DraftSecrets {
  return {
    of: (tenant) => values[tenant] ?? {},
    with(tenant, further) {
      const { contents } = document;
      const keys = isMap(contents) ? contents.items.map(({ key }) => key) : [];
      // YAML reads a company id of digits without quotes as a number.
      const key = keys.find(
        (one) => isScalar(one) && (String(one.value) === tenant || one.source === tenant),
      );
      for (const [name, value] of Object.entries(further))
        document.setIn([key ?? tenant, name], value);
      return document.toString({ lineWidth: 0 });
    },
  };
}
