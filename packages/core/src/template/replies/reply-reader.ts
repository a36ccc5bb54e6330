import { XMLParser } from 'fast-xml-parser';
import { DocumentPlace } from '../language/document-place.ts';
import { compilePattern, matches, matchesIn, type Pattern } from '../language/pattern.ts';
import { readDelimited } from './delimited.ts';
import { readJsonLines } from './json-lines.ts';
import { JsonTooDeep, parseLosslessJson } from './lossless-json.ts';
import type { ReaderSettings, ReadSettings } from './read-settings.ts';
import { isEmpty } from '../language/value.ts';

/** The parsed text, or `undefined` if it is not in this format. */
export type ReadText = (text: string) => unknown;

/** Compiles the reading of answers. With several readers, the first that can read a text does. */
export function compileReader(settings: ReadSettings, place: DocumentPlace): ReadText {
  const list = Array.isArray(settings) ? settings : [settings];
  const readers = list.map((reader, index) =>
    compileOne(reader, Array.isArray(settings) ? place.at(index) : place),
  );
  return (text) => {
    for (const read of readers) {
      const value = read(text);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

function compileOne(settings: ReaderSettings, place: DocumentPlace): ReadText {
  switch (settings.as) {
    case 'json':
      return readJson;
    case 'ndjson':
      return readLines;
    case 'text':
      return (text) => text.trim();
    case 'delimited':
      return (text) => readSafely(() => readDelimited(text, settings));
    case 'xml':
      return readXml;
    case 'pairs': {
      const { separator } = settings;
      const record = settings.record;
      if (record === undefined) return (text) => readPairs(text.split(/\r?\n/), separator);
      const begins = place.at('record').attempt(() => compilePattern(record), undefined);
      return (text) => (begins ? readRecords(text, begins, separator) : undefined);
    }
    case 'regex': {
      const pattern = place
        .at('pattern')
        .attempt(() => compilePattern(settings.pattern), undefined);
      return (text) => pattern && readMatches(text, pattern, settings.all);
    }
  }
}

function readJson(text: string): unknown {
  try {
    return parseLosslessJson(text);
  } catch (error) {
    if (error instanceof JsonTooDeep) throw error;
    return undefined;
  }
}

/** A text without a single JSON line is in another format. */
function readLines(text: string): unknown {
  const values = readJsonLines(text);
  return values.length > 0 && values.every((value) => value === undefined) ? undefined : values;
}

function readSafely(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function readPairs(lines: readonly string[], separator: string): unknown {
  const pairs: Record<string, string> = Object.create(null);
  let found = 0;
  for (const line of lines) {
    const at = line.indexOf(separator);
    if (at <= 0) continue;
    pairs[line.slice(0, at).trim()] = line.slice(at + separator.length).trim();
    found += 1;
  }
  return found === 0 ? undefined : pairs;
}

function readRecords(text: string, begins: Pattern, separator: string): unknown {
  const records: string[][] = [];
  for (const line of text.split(/\r?\n/)) {
    if (matches(begins, line)) records.push([]);
    else records.at(-1)?.push(line);
  }
  return records.map((lines) => readPairs(lines, separator) ?? {});
}

function readMatches(text: string, pattern: Pattern, all: boolean): unknown {
  if (all) return [...matchesIn(pattern, text)];
  const [first] = matchesIn(pattern, text);
  return first;
}

/** Texts are not converted to numbers: what is written is what is read. Character references (`&#227;`) are resolved. */
const xml = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: true,
  htmlEntities: true,
  trimValues: true,
  maxNestedTags: 64,
});

function readXml(text: string): unknown {
  // A byte order mark counts as white space.
  if (!text.trimStart().startsWith('<')) return undefined;
  return readSafely(() => {
    const value: unknown = xml.parse(text);
    return value;
  });
}

/**
 * The rows that an expression has found in an answer; `undefined` if it is not a list. XML does not distinguish a single element from a list of one.
 */
export function rowsOf(
  found: unknown,
  settings: ReadSettings | undefined,
): readonly unknown[] | undefined {
  if (Array.isArray(found)) return found;
  const readers = Array.isArray(settings) ? settings : [settings];
  return !isEmpty(found) && readers.some((reader) => reader?.as === 'xml') ? [found] : undefined;
}

/** What a saved answer says, as an adapter would read it: as JSON if `settings` is omitted. `undefined` if it is not in this format. */
export function readReplyText(text: string, settings: ReadSettings = { as: 'json' }): unknown {
  const nowhere = new DocumentPlace([], { names: { table: {}, variables: [] } });
  return compileReader(settings, nowhere)(text);
}
