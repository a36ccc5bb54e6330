import { parseLosslessJson } from './lossless-json.ts';

/** How many characters may wait for the end of a line. */
const longestLine = 1_000_000;

/** Reads NDJSON chunk by chunk. A line that is neither a JSON object nor a list is `undefined`, so that it can be told from the others. */
export class JsonLinesReader {
  #rest = '';

  /** The lines complete by now. @throws {Error} for a line that has no end */
  push(text: string): unknown[] {
    const all = this.#rest + text;
    const end = all.lastIndexOf('\n') + 1;
    this.#rest = all.slice(end);
    if (this.#rest.length > longestLine)
      throw new Error(`a line has no end within ${longestLine} characters`);
    return readJsonLines(all.slice(0, end));
  }

  finish(): unknown[] {
    const last = this.#rest;
    this.#rest = '';
    return readJsonLines(last);
  }
}

/** Blank lines are skipped. */
export const readJsonLines = (text: string): unknown[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(readLine);

function readLine(line: string): unknown {
  if (!/^[[{]/.test(line)) return undefined;
  try {
    return parseLosslessJson(line);
  } catch {
    return undefined;
  }
}
