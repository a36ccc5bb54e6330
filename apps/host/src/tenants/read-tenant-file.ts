import { StartError } from '../environment.ts';
import { readNamedText } from '../named-file.ts';
import { checkDocument, type DocumentCheck } from './check-document.ts';
import { formatIssue, type DocumentIssue } from './document-issue.ts';
import type { InstalledAdapter } from './installed-adapter.ts';
import { readDocument } from './read-document.ts';
import type { TenantDocument } from './tenant-document.ts';

/** The content of a YAML or JSON file, not checked yet. @throws {StartError} naming file and place */
export async function readDocumentFile(file: string): Promise<unknown> {
  const reading = readDocument(await readNamedText(file));
  if (!('value' in reading)) throw fileError(file, reading.issues);
  return reading.value;
}

/** The tenant document of a file, or everything that is wrong with it. @throws {StartError} only if the file cannot be read */
export async function checkTenantFile(
  file: string,
  adapters: ReadonlyMap<string, InstalledAdapter>,
): Promise<DocumentCheck> {
  const reading = readDocument(await readNamedText(file));
  return 'value' in reading ? checkDocument(reading.value, adapters) : reading;
}

/** The tenant document of a file. @throws {StartError} naming file and place of everything that is wrong with it */
export async function readTenantFile(
  file: string,
  adapters: ReadonlyMap<string, InstalledAdapter>,
): Promise<TenantDocument> {
  const { document, issues } = await checkTenantFile(file, adapters);
  if (!document) throw fileError(file, issues);
  return document;
}

export function fileError(file: string, issues: readonly DocumentIssue[]): StartError {
  return new StartError(issues.map((issue) => `${file}: ${formatIssue(issue)}`).join('\n'));
}
