import { RE2JS } from 're2js';
import { ExpressionError } from './expression.ts';

/** A compiled regular expression. */
export type Pattern = RE2JS;

const longestPattern = 500;

/**
 * RE2 runs in linear time whatever is written; V8's own engine can be held up for minutes by one bad pattern.
 *
 * @throws {ExpressionError}
 */
export function compilePattern(source: string): Pattern {
  if (source.length > longestPattern)
    throw new ExpressionError(`a regular expression has at most ${longestPattern} characters`);
  try {
    return RE2JS.compile(source, RE2JS.MULTILINE);
  } catch (error) {
    throw new ExpressionError(
      `the regular expression cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

type Matcher = ReturnType<Pattern['matcher']>;

/** The groups of a match: by name, and by number; `0` is the whole. */
export function groupsOf(pattern: Pattern, matcher: Matcher): Record<string, string | null> {
  const groups: Record<string, string | null> = Object.create(null);
  for (let index = 0; index <= matcher.groupCount(); index += 1)
    groups[String(index)] = matcher.group(index);
  for (const [name, index] of Object.entries(pattern.namedGroups()))
    groups[name] = matcher.group(index);
  return groups;
}

/** The first group of the first match, or the whole match where there is no group; `undefined` where nothing matches. */
export function firstMatch(pattern: Pattern, text: string): string | undefined {
  const matcher = pattern.matcher(text);
  if (!matcher.find()) return undefined;
  return matcher.group(matcher.groupCount() > 0 ? 1 : 0) ?? undefined;
}
