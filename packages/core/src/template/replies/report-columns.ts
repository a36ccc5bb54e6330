import type { FeatureName } from '../../features/feature-name.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { DelimitedReader } from './delimited.ts';
import { unreadable } from '../exchanges/outcome-rules.ts';
import type { DelimitedSettings } from './read-settings.ts';
import type { RepliedScope } from '../language/scope.ts';
import { pathsInText } from '../language/text-template.ts';

/** The columns that fields read from a row by name. */
export function columnsOf(
  fields: Readonly<Record<string, string | undefined>>,
  place: DocumentPlace,
): ReadonlySet<string> {
  const paths = Object.entries(fields).flatMap(([name, source = '']) =>
    place.at(name).attempt(() => pathsInText(source), []),
  );
  return new Set(
    paths.flatMap(({ root, steps: [column] }) =>
      root === 'row' && typeof column === 'string' ? [column] : [],
    ),
  );
}

const longestHeader = 65_536;

/**
 * A sentence instead of a report ("system under maintenance", with status 200) would be taken for its header, and the report for an empty one.
 *
 * @throws {TelephonyError} if the first line names none of the columns, or one of them twice
 */
export function demandColumns(
  wanted: ReadonlySet<string>,
  settings: DelimitedSettings,
  { reply }: RepliedScope,
  feature: FeatureName,
): void {
  if (settings.header !== true || wanted.size === 0) return;
  const reader = new DelimitedReader({ ...settings, header: false });
  const [first] = reader.push(reply.text.slice(0, longestHeader) + (settings.record ?? '\n'));
  if (!Array.isArray(first)) return;
  const names: readonly string[] = first;
  const twice = names.find((name, index) => wanted.has(name) && names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw unreadable(
      reply,
      feature,
      `The first line of the answer has the column "${twice}" twice: names of your own in "header" of read tell them apart, and "skip" leaves the first line out.`,
    );
  }
  if (names.some((cell) => wanted.has(cell))) return;
  throw unreadable(
    reply,
    feature,
    `The first line of the answer names none of the columns that are read (${[...wanted].join(', ')}).`,
  );
}
