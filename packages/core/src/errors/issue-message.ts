import type * as v from 'valibot';
import { nearestName } from '../nearest-name.ts';

/**
 * What is wrong with a value, in plain words that complete its place, and what it must be. The value itself is left out: it may be personal data or a secret. A message that a
 * schema brings with it is kept.
 */
export function issueMessage(issue: v.BaseIssue<unknown>): string {
  if (!isOfLibrary(issue.message)) return issue.message;
  if (isMissing(issue)) return missing(issue);
  const words = issue.kind === 'schema' ? wrongKind(issue) : wrongValue(issue);
  return words ?? withoutValue(issue.message);
}

/** The library's own messages, "Invalid type: Expected Object but received null", quote the value, and are meant for authors of schemas. */
const isOfLibrary = (message: string) =>
  /^Invalid [a-z0-9 ]+: (?:Expected .* but r|R)eceived /is.test(message);
const withoutValue = (message: string) => message.replace(/(?: but received |: Received ).*$/s, '');

const isMissing = ({ kind, input }: v.BaseIssue<unknown>) =>
  kind === 'schema' && input === undefined;

/** A key that is missing altogether is reported by its name alone. */
function missing({ type, expected }: v.BaseIssue<unknown>): string {
  const isKey = type.endsWith('object') && expected?.startsWith('"');
  return expected === null || isKey ? 'is missing' : `is missing; it must be ${anyOf(expected)}`;
}

function wrongKind({ type, expected, input }: v.BaseIssue<unknown>): string | undefined {
  if (expected === null) return undefined;
  if (expected === 'never') return type.endsWith('object') ? 'is not known' : 'must not be there';
  const choices = optionsOf(expected);
  if (typeof input === 'string' && choices.length > 0) {
    const near = nearestName(input, choices);
    if (near !== undefined) return `is not known; did you mean "${near}"?`;
    return `must be ${anyOf(expected)}`;
  }
  return `must be ${anyOf(expected)}, and is ${kindOf(input)}`;
}

/** The members of a list of alternatives, as the library writes it: `("a" | "b" | string)`. */
const alternatives = (expected: string): readonly string[] =>
  [...expected.matchAll(/"(?:[^"\\]|\\.)*"|[^\s|()]+/g)].map(([member]) => member);

const optionsOf = (expected: string): readonly string[] =>
  alternatives(expected).flatMap((member) => (member.startsWith('"') ? [member.slice(1, -1)] : []));

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  Object: 'an object',
  Array: 'a list',
};

function anyOf(expected: string): string {
  const members = alternatives(expected).filter((member) => member !== 'undefined');
  const words = [...new Set(members.map((member) => kinds[member] ?? member))];
  const last = words.pop() ?? 'a value';
  return words.length === 0 ? last : `${words.join(', ')} or ${last}`;
}

function kindOf(input: unknown): string {
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'number') return Number.isNaN(input) ? 'not a number' : 'a number';
  const named: Readonly<Record<string, string>> = {
    string: 'text',
    boolean: 'a boolean',
    object: 'an object',
  };
  return named[typeof input] ?? `a ${typeof input}`;
}

/** `undefined` for a kind of check that no schema here uses. */
function wrongValue(issue: v.BaseIssue<unknown>): string | undefined {
  const { type, input } = issue;
  const requirement = String(issue.requirement);
  const part = Array.isArray(input) ? 'item' : 'character';
  const length = `${requirement} ${part}${requirement === '1' ? '' : 's'}`;
  switch (type) {
    case 'non_empty':
      return 'is empty';
    case 'min_length':
      return `must have at least ${length}`;
    case 'max_length':
      return `must have at most ${length}`;
    case 'min_value':
      return `must be at least ${requirement}`;
    case 'max_value':
      return `must be at most ${requirement}`;
    case 'integer':
    case 'safe_integer':
      return 'must be a whole number';
    case 'finite':
      return 'must be a finite number';
    case 'url':
      return 'must be an address, for example https://pbx.example/api';
    case 'iso_date':
      return 'must be a day, for example 2026-12-25';
    case 'iso_timestamp':
      return 'must be a time with its zone, for example 2026-12-25T09:30:00-03:00';
    case 'regex':
      return `must match ${requirement}`;
    case 'parse_json':
      return 'is not valid JSON';
    default:
      return undefined;
  }
}
