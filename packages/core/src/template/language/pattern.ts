import { RE2JS } from 're2js';
import { TelephonyError } from '../../errors/telephony-error.ts';
import { ExpressionError } from './expression.ts';

/** A compiled regular expression. */
export type Pattern = RE2JS;

const longestPattern = 500;
/** The maximum size of the compiled program: repeats such as `x{1000}` are expanded in it. */
const largestProgram = 2000;

/**
 * RE2 runs in linear time whatever is written; a bad pattern can block V8's own engine for minutes.
 *
 * @throws {ExpressionError}
 */
export function compilePattern(source: string): Pattern {
  if (source.length > longestPattern)
    throw new ExpressionError(`a regular expression has at most ${longestPattern} characters`);
  const pattern = compiled(source);
  if (pattern.programSize() > largestProgram)
    throw new ExpressionError(
      'the regular expression repeats too much: x{1000} counts as x written 1000 times; use smaller counts, or * or +',
    );
  return pattern;
}

function compiled(source: string): Pattern {
  try {
    return RE2JS.compile(source, RE2JS.MULTILINE);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ExpressionError(
      `the regular expression cannot be read: ${reason.replace('`(?m)', '`')}`,
    );
  }
}

type Matcher = ReturnType<Pattern['matcher']>;

/** The most that text and program size may come to, multiplied: in the worst case, seconds in which the host does nothing else. */
const mostSteps = 500_000_000;

/** @throws {TelephonyError} if text and pattern are too large for each other */
function matcherOf(pattern: Pattern, text: string): Matcher {
  if (text.length * pattern.programSize() > mostSteps) throw tooLong();
  return pattern.matcher(text);
}

export function matches(pattern: Pattern, text: string): boolean {
  if (matcherOf(pattern, text).find()) return true;
  // `$` also matches at the end of a line with Windows line ends.
  return text.includes('\r') && matcherOf(pattern, text.replace(/\r\n?/g, '\n')).find();
}

/** The first group of the first match, or the whole match where there is no group; `undefined` where nothing matches. */
export function firstMatch(pattern: Pattern, text: string): string | undefined {
  const matcher = matcherOf(pattern, text);
  if (!matcher.find()) return undefined;
  return matcher.group(matcher.groupCount() > 0 ? 1 : 0) ?? undefined;
}

const mostMatches = 100_000;
const longestSearchMs = 5000;

/** All matches with their groups. One match is found in linear time, but each may scan the rest of the text: together they may take hours. */
export function* matchesIn(
  pattern: Pattern,
  text: string,
): Generator<Readonly<Record<string, string | null>>> {
  const matcher = matcherOf(pattern, text);
  const end = performance.now() + longestSearchMs;
  for (let count = 0; matcher.find(); count += 1) {
    if (performance.now() > end) throw tooLong();
    if (count === mostMatches) throw tooMany();
    yield groupsOf(pattern, matcher);
  }
}

/** Any matches left over would be rows of a report, silently missing. */
function tooMany(): TelephonyError {
  return new TelephonyError({
    code: 'response_too_large',
    message: `A regular expression with "all" fits a text more than ${mostMatches} times.`,
    hint: 'Read the answer in another form, as "delimited" for instance, or ask for less at once by pages or windows.',
    delivery: 'answered',
  });
}

function tooLong(): TelephonyError {
  return new TelephonyError({
    code: 'response_too_large',
    message: 'A text is too long for the regular expression that the connection reads it with.',
    hint: 'Write the expression with fewer alternatives and repeats, or read the answer in another form.',
    delivery: 'answered',
  });
}

/** The groups of a match: by name, and by number; `0` is the whole. */
function groupsOf(pattern: Pattern, matcher: Matcher): Record<string, string | null> {
  const groups: Record<string, string | null> = Object.create(null);
  for (let index = 0; index <= matcher.groupCount(); index += 1)
    groups[String(index)] = matcher.group(index);
  for (const [name, index] of Object.entries(pattern.namedGroups()))
    groups[name] = matcher.group(index);
  return groups;
}
