import type { FeatureName } from '../../features/feature-name.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { unreadable } from '../exchanges/outcome-rules.ts';
import type { ReadSettings } from './read-settings.ts';
import { rowsOf } from './reply-reader.ts';
import { demandColumns } from './report-columns.ts';
import type { RepliedScope } from '../language/scope.ts';

interface ListSettings {
  /** Where the list is; the whole answer if omitted. */
  readonly rows: string | undefined;
  readonly read: ReadSettings | undefined;
  /** What is read from a row, by column name. */
  readonly columns: ReadonlySet<string>;
  readonly feature: FeatureName;
}

/**
 * Compiles the reading of a list whose emptiness matters: nobody was dialed, or no contact is there.
 *
 * @throws {TelephonyError} `unreadable_response` for an answer that has no such list: it may be an error page with status 200
 */
export function compileList(
  settings: ListSettings,
  place: DocumentPlace,
): (scope: RepliedScope) => readonly unknown[] {
  const written = settings.rows ?? 'reply';
  // A single element of XML counts as a list of one, but the whole answer does not.
  const form = settings.rows === undefined ? undefined : settings.read;
  const listIn = (found: unknown) => rowsOf(found, form);
  const rows = place.rows(written, listIn);
  return (scope) => {
    const list = listIn(rows.evaluate(scope));
    if (list) {
      if (isEmptyList(scope.reply.value())) demandNothing(settings, scope);
      return list;
    }
    throw unreadable(scope.reply, settings.feature, `The answer has no list at "${written}".`);
  };
}

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0;

/** Some formats find nothing in any text: a sentence from the telephone system must not count as an empty list. */
function demandNothing({ read, columns, feature }: ListSettings, scope: RepliedScope): void {
  const readers = read === undefined ? [] : Array.isArray(read) ? read : [read];
  const { reply } = scope;
  if (reply.text.trim() === '') return;
  if (readers.some(({ as }) => as === 'json') && reply.isJson) return;
  for (const reader of readers) {
    if (reader.as === 'delimited') demandColumns(columns, reader, scope, feature);
    if (reader.as === 'regex' || reader.as === 'pairs') {
      throw unreadable(
        reply,
        feature,
        'The answer contains nothing that "read" looks for. If such an answer means an empty list, add a rule for it to the outcome: ok_empty.',
      );
    }
  }
}
