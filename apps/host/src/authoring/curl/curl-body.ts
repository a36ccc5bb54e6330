import { StartError } from '../../environment.ts';
import type { CurlBody, CurlHeader, CurlPart } from './curl-request.ts';
import type { GivenOption } from './parse-options.ts';

/** Reads a file that the command names. @throws {StartError} naming the file */
export type ReadFile = (name: string) => Promise<Buffer>;

interface Given {
  readonly body: CurlBody | undefined;
  /** With `-G`: appended to the address instead. */
  readonly data: string | undefined;
}

const dataOptions = new Set([
  'data',
  'data-ascii',
  'data-raw',
  'data-binary',
  'data-urlencode',
  'json',
]);

export async function readBody(
  options: readonly GivenOption[],
  headers: Map<string, CurlHeader>,
  readFile: ReadFile,
): Promise<Given> {
  const data = await readData(options, readFile);
  const parts = await readParts(options, readFile);
  const upload = options.findLast(({ name }) => name === 'upload-file')?.value;
  if ([data, parts, upload].filter((one) => one !== undefined).length > 1)
    throw new StartError('the command gives its body in two ways, of -d, -F and -T');
  if (options.some(({ name }) => name === 'get'))
    return { body: undefined, data: data?.text ?? '' };
  if (options.some(({ name }) => name === 'json')) {
    setDefault(headers, 'Content-Type', 'application/json');
    setDefault(headers, 'Accept', 'application/json');
  }
  if (parts) return { body: { kind: 'parts', parts }, data: undefined };
  if (upload !== undefined) {
    const bytes = await readFile(upload);
    return { body: { kind: 'data', text: textOf(bytes, upload), bytes }, data: undefined };
  }
  if (!data) return { body: undefined, data: undefined };
  setDefault(headers, 'Content-Type', 'application/x-www-form-urlencoded');
  return { body: { kind: 'data', ...data }, data: undefined };
}

function setDefault(headers: Map<string, CurlHeader>, name: string, value: string): void {
  if (!headers.has(name.toLowerCase())) headers.set(name.toLowerCase(), { name, value });
}

async function readData(
  options: readonly GivenOption[],
  readFile: ReadFile,
): Promise<{ readonly text: string; readonly bytes?: Buffer } | undefined> {
  let text: string | undefined;
  let bytes: Buffer | undefined;
  const given = options.filter(({ name }) => dataOptions.has(name));
  for (const { name, value } of given) {
    const piece = await readPiece(name, value, readFile);
    if (given.length === 1 && value.startsWith('@') && !/^data-(?:raw|urlencode)$/.test(name))
      bytes = await readFile(value.slice(1));
    // curl joins several --json values without a separator.
    text = text === undefined ? piece : text + (name === 'json' ? '' : '&') + piece;
  }
  return text === undefined ? undefined : { text, ...(bytes && { bytes }) };
}

async function readPiece(name: string, value: string, readFile: ReadFile): Promise<string> {
  if (name === 'data-urlencode') return urlEncoded(value, readFile);
  if (name === 'data-raw' || !value.startsWith('@')) return value;
  const content = textOf(await readFile(value.slice(1)), value.slice(1));
  return name === 'data' || name === 'data-ascii' ? content.replace(/[\r\n\0]/g, '') : content;
}

/** `content`, `=content`, `name=content`, `@file`, `name@file`. */
async function urlEncoded(value: string, readFile: ReadFile): Promise<string> {
  const sign = /[=@]/.exec(value);
  if (!sign) return encodeURIComponent(value);
  const name = value.slice(0, sign.index);
  const rest = value.slice(sign.index + 1);
  const content = sign[0] === '=' ? rest : textOf(await readFile(rest), rest);
  return `${name === '' ? '' : `${name}=`}${encodeURIComponent(content)}`;
}

async function readParts(
  options: readonly GivenOption[],
  readFile: ReadFile,
): Promise<readonly CurlPart[] | undefined> {
  const given = options.filter(({ name }) => name === 'form' || name === 'form-string');
  if (given.length === 0) return undefined;
  const parts: CurlPart[] = [];
  for (const { name, value } of given) {
    const equals = value.indexOf('=');
    if (equals < 0) throw new StartError(`-F ${value} has no "=" after its name`);
    const field = value.slice(0, equals);
    const content = value.slice(equals + 1);
    if (parts.some((part) => part.name === field))
      throw new StartError(
        `-F has "${field}" twice, and a form in parts of a document has each name once; ask the vendor for the form with one`,
      );
    parts.push(
      name === 'form-string' ? { name: field, content } : await readPart(field, content, readFile),
    );
  }
  return parts;
}

/** The content types that curl derives from a file's extension. */
const typesByEnd: readonly (readonly [end: RegExp, type: string])[] = [
  [/\.gif$/i, 'image/gif'],
  [/\.jpe?g$/i, 'image/jpeg'],
  [/\.png$/i, 'image/png'],
  [/\.svg$/i, 'image/svg+xml'],
  [/\.txt$/i, 'text/plain'],
  [/\.html?$/i, 'text/html'],
  [/\.pdf$/i, 'application/pdf'],
  [/\.xml$/i, 'application/xml'],
];

/** `content`, `@file`, `<file`, each optionally followed by `;type=` and `;filename=`. */
async function readPart(name: string, written: string, readFile: ReadFile): Promise<CurlPart> {
  const [first = '', ...settings] = splitSettings(written);
  const setting = (key: string) =>
    settings
      .find((one) => one.trimStart().toLowerCase().startsWith(`${key}=`))
      ?.trimStart()
      .slice(key.length + 1);
  const file = /^[@<]/.test(first) ? unquoted(first.slice(1)) : undefined;
  const bytes = file === undefined ? undefined : await readFile(file);
  const content = bytes && file !== undefined ? textOf(bytes, file) : unquoted(first);
  const isFile = first.startsWith('@');
  const base = (file ?? '').split(/[/\\]/).at(-1) ?? '';
  const filename = unquoted(setting('filename') ?? (isFile ? base : ''));
  const guessed = isFile
    ? (typesByEnd.find(([end]) => end.test(filename))?.[1] ?? 'application/octet-stream')
    : undefined;
  const contentType = setting('type') ?? guessed;
  return {
    name,
    content,
    ...(filename !== '' && { filename }),
    ...(contentType !== undefined && { contentType }),
    ...(bytes && { bytes }),
  };
}

/** A JSON value may contain ";" itself, so a ";" only starts a setting where a name that curl knows follows it. */
function splitSettings(written: string): string[] {
  const [first = '', ...rest] = written.split(/;(?=\s*(?:type|filename|headers|encoder)=)/i);
  return [first, ...rest];
}

function unquoted(text: string): string {
  return text.length > 1 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replace(/\\([\\"])/g, '$1')
    : text;
}

function textOf(content: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    // Spreadsheets export CSV in Latin-1. A NUL byte means that the file is binary.
    if (!content.includes(0)) return content.toString('latin1');
    throw new StartError(`${file} is not text, and a document holds text only`);
  }
}
