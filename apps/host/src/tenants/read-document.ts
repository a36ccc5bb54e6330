import { parseDocument } from 'yaml';
import type { DocumentIssue } from './document-issue.ts';

export type DocumentReading =
  | { readonly value: unknown; readonly issues: readonly [] }
  | { readonly issues: readonly DocumentIssue[] };

/** No document of a tenant is larger; YAML aliases could make a small text enormous. */
const mostCharacters = 1_048_576;

/** Reads a tenant document written as YAML or JSON. Line and column of a fault are named; aliases are not expanded beyond a small number. */
export function readDocument(text: string): DocumentReading {
  if (text.length > mostCharacters) {
    return {
      issues: [{ path: [], message: `the document has more than ${mostCharacters} characters` }],
    };
  }
  const parsed = parseDocument(text, { prettyErrors: true, strict: true, uniqueKeys: true });
  if (parsed.errors.length > 0) {
    return {
      issues: parsed.errors.map((error) => {
        const [start] = error.linePos ?? [];
        const place = start ? `line ${start.line}, column ${start.col}: ` : '';
        return { path: [], message: `${place}${error.message.split('\n')[0] ?? ''}` };
      }),
    };
  }
  try {
    const value: unknown = parsed.toJS({ maxAliasCount: 100 });
    return { value, issues: [] };
  } catch (error) {
    return {
      issues: [{ path: [], message: error instanceof Error ? error.message : String(error) }],
    };
  }
}
