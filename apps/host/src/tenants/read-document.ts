import {
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Document,
} from 'yaml';
import { lostKeys } from '../lost-keys.ts';
import type { DocumentIssue } from './document-issue.ts';
import { messageOf } from '../thrown.ts';

export type DocumentReading =
  | { readonly value: unknown; readonly issues: readonly [] }
  | { readonly issues: readonly DocumentIssue[] };

/** No document of a tenant is larger, and each character may be a mistake, which is expensive: nobody else is served while one is read. */
const mostCharacters = 524_288;
/** Each alias is searched for in the whole document. */
const mostAliases = 100;
const mostFaults = 20;

/** Reads a tenant document written as YAML or JSON. Mistakes are reported with line and column; aliases are expanded only up to a small number. */
export function readDocument(text: string): DocumentReading {
  if (text.length > mostCharacters) {
    return {
      issues: [
        {
          path: [],
          message: `the document has ${text.length} characters; at most ${mostCharacters} are read`,
        },
      ],
    };
  }
  // The library's own positions, and its search for duplicate keys, take quadratic time: a host would be blocked for minutes.
  const lines = new LineCounter();
  const parsed = withoutStacks(() =>
    parseDocument(text, {
      prettyErrors: false,
      strict: true,
      uniqueKeys: false,
      lineCounter: lines,
    }),
  );
  if (parsed.errors.length > 0) {
    return { issues: parsed.errors.slice(0, mostFaults).map((fault) => faultOf(fault, lines)) };
  }
  const issues = issuesOf(parsed, lines);
  if (issues.length > 0) return { issues };
  if (parsed.contents === null) return { issues: [{ path: [], message: 'the document is empty' }] };
  keepDigits(parsed);
  try {
    const value: unknown = parsed.toJS({ maxAliasCount: mostAliases });
    const lost = lostKeys(value);
    return lost.length > 0 ? { issues: lost } : { value, issues: [] };
  } catch (error) {
    return {
      issues: [{ path: [], message: inWords(messageOf(error)) }],
    };
  }
}

/** With a hundred thousand mistakes, each an error object, the stack traces cost more than all else, and nobody reads them. */
function withoutStacks<Result>(work: () => Result): Result {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function placed(lines: LineCounter, offset: number, message: string): DocumentIssue {
  const { line, col } = lines.linePos(offset);
  return { path: [], message: `line ${line}, column ${col}: ${message}` };
}

function faultOf({ pos, message }: Document['errors'][number], lines: LineCounter): DocumentIssue {
  const [first = ''] = message.split('\n');
  return placed(lines, pos[0], inWords(first));
}

/** To YAML, braces without quotes are a map in a map, and would be sent as one. */
const bareBraces = "a value that begins with {{ is written in quotes: '{{ name }}'";
const listAsKey = 'a list is no key; write a line for each of its entries';

/** Duplicate keys, and more aliases than can be followed. */
function issuesOf(document: Document, lines: LineCounter): DocumentIssue[] {
  const issues: DocumentIssue[] = [];
  let aliases = 0;
  visit(document, {
    Alias() {
      aliases += 1;
    },
    Map(_, { items }) {
      const known = new Set<unknown>();
      for (const { key } of items) {
        if (isCollection(key) && issues.length < mostFaults)
          issues.push(placed(lines, key.range?.[0] ?? 0, isMap(key) ? bareBraces : listAsKey));
        if (!isScalar(key)) continue;
        if (known.has(key.value) && issues.length < mostFaults)
          issues.push(placed(lines, key.range?.[0] ?? 0, 'Map keys must be unique'));
        known.add(key.value);
      }
    },
  });
  return aliases > mostAliases ? [{ path: [], message: inWords('alias count') }] : issues;
}

/** The parser's messages for programmers, reworded for authors of documents. */
function inWords(fault: string): string {
  if (/call stack|stack overflow/i.test(fault)) return 'it is nested too deep';
  if (/multiple documents/.test(fault))
    return 'a second document begins here; put each company into a file of its own';
  if (/alias count/.test(fault))
    return 'its aliases (*name) stand for too much; write out what they stand for';
  if (/at node end/.test(fault))
    return 'a quoted text ends before this; put the whole value in quotes, and use the other kind of quotes inside: \'{{ from | date: "yyyy" }}\'';
  if (/All mapping items must start/.test(fault))
    return 'this key does not begin below the keys beside it; count the blanks before it';
  if (/Nested mappings are not allowed/.test(fault))
    return 'a second ": " in one line; write the value in quotes, or see whether the line is indented as those above it';
  if (/Implicit keys need/.test(fault))
    return 'a key, a colon and a blank are looked for here; a value of several lines is written in quotes';
  return fault.replace(/ at line \d+, column \d+:?$/, '');
}

/** An unquoted id is a number to YAML: `0042` would be 42, and the last digits of a long one would change. What a number cannot hold stays as written. */
function keepDigits(document: Document): void {
  visit(document, {
    Scalar(_, node) {
      const { source = '', type, value } = node;
      if (type !== 'PLAIN' || typeof value !== 'number' || !/^[-+]?\d+$/.test(source)) return;
      if (/^[-+]?0\d/.test(source) || !Number.isSafeInteger(value)) node.value = source;
    },
  });
}
