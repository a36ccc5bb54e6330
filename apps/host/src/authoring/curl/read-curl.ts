import { isUtf8 } from 'node:buffer';
import { StartError } from '../../environment.ts';
import { readBody, type ReadFile } from './curl-body.ts';
import type { CurlHeader, CurlRequest } from './curl-request.ts';
import { parseOptions, type GivenOption } from './parse-options.ts';
import { shellWords } from './shell-words.ts';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Reads a curl command as browsers, other tools and vendors' manuals write it.
 *
 * @param command the text of the command, or the words that a shell has split it into
 * @throws {StartError} naming the part that is not understood
 */
export async function readCurl(
  command: string | readonly string[],
  readFile: ReadFile,
): Promise<CurlRequest> {
  const { options, warnings: lost } = parseOptions(
    typeof command === 'string' ? shellWords(command) : command,
  );
  const warnings = [...lost];
  const last = (name: string) => options.findLast((option) => option.name === name)?.value;
  const has = (name: string) => last(name) !== undefined;
  const headers = await readHeaders(options, readFile);
  const { body, data } = await readBody(options, headers, readFile);
  const address = readAddress(options, data, !has('globoff'));
  const method = methodOf(options, body !== undefined);
  if (!methods.includes(method))
    throw new StartError(
      `a connection cannot use the method ${method}; known: ${methods.join(', ')}`,
    );
  if (body && method === 'GET')
    throw new StartError(
      'the command sends a body with GET, which a connection cannot; ask the vendor for the address that takes POST, or put the values into the query with -G',
    );
  const login = loginOf(options, address.userInfo);
  // No text stands for such bytes. As a header that is written already, they go out as they came.
  if (login && !isUtf8(login) && !headers.has('authorization'))
    headers.set('authorization', { name: 'Authorization', value: basicOf(login) });
  const credentials = login && isUtf8(login) ? credentialsOf(login.toString('utf8')) : undefined;
  if (headers.has('host') && headers.get('host')?.value !== URL.parse(address.origin)?.host)
    warnings.push('the header Host is left out: it is set from the address');
  if (has('range')) warnings.push('-r is left out: the host asks for the part that it needs');
  const timeout = Number(last('max-time') ?? Number.NaN);
  return {
    method,
    origin: address.origin,
    path: address.path,
    query: address.query,
    headers,
    ...(credentials && { credentials }),
    ...(body && { body }),
    follow: has('location') || has('location-trusted'),
    ...(timeout >= 0.1 && timeout <= 120 && { timeout }),
    warnings,
  };
}

function methodOf(options: readonly GivenOption[], hasBody: boolean): string {
  const given = options.findLast(({ name }) => name === 'request')?.value;
  if (given !== undefined) return given.toUpperCase();
  const names = new Set(options.map(({ name }) => name));
  if (names.has('head')) return 'HEAD';
  if (names.has('upload-file')) return 'PUT';
  return hasBody ? 'POST' : 'GET';
}

async function readHeaders(
  options: readonly GivenOption[],
  readFile: ReadFile,
): Promise<Map<string, CurlHeader>> {
  const headers = new Map<string, CurlHeader>();
  const set = (name: string, value: string) => {
    const key = name.toLowerCase();
    const before = headers.get(key)?.value;
    const joint = key === 'cookie' ? '; ' : ', ';
    headers.set(key, { name, value: before === undefined ? value : before + joint + value });
  };
  const removed = new Set<string>();
  for (const { name, value } of options) {
    if (name === 'cookie') {
      if (!value.includes('='))
        throw new StartError(
          `-b ${value} names a file of cookies; write the cookies themselves: -b 'name=value'`,
        );
      set('Cookie', value);
    }
    if (name === 'user-agent') set('User-Agent', value);
    if (name === 'referer') set('Referer', value.replace(/;auto$/, ''));
    if (name === 'oauth2-bearer') set('Authorization', `Bearer ${value}`);
    if (name !== 'header') continue;
    const lines = value.startsWith('@')
      ? (await readFile(value.slice(1))).toString('utf8').split(/\r?\n/)
      : [value];
    for (const line of lines) readHeader(line, set, removed);
  }
  for (const name of removed) headers.delete(name);
  return headers;
}

/** `Name: value`; `Name;` sends the header with an empty value, `Name:` removes it. */
function readHeader(
  line: string,
  set: (name: string, value: string) => void,
  removed: Set<string>,
): void {
  const found = /^([^:;]+)([:;])\s*([\s\S]*?)\s*$/.exec(line);
  if (!found) return;
  const [, name = '', sign, value = ''] = found;
  if (sign === ';') {
    if (value === '') set(name.trim(), '');
  } else if (value === '') removed.add(name.trim().toLowerCase());
  else set(name.trim(), value);
}

interface Address {
  readonly origin: string;
  readonly path: string;
  readonly query: string;
  readonly userInfo: string | undefined;
}

function readAddress(
  options: readonly GivenOption[],
  data: string | undefined,
  globs: boolean,
): Address {
  const [given, ...others] = options.filter(({ name }) => name === 'url');
  if (!given) throw new StartError('the command has no address; copy the whole command');
  if (others.length > 0)
    throw new StartError(
      `the command has several addresses, or a word that belongs to nothing: ${JSON.stringify(others[0]?.value)}; an option may lack its quotes`,
    );
  const plain = given.value.replaceAll(/\{\{.*?\}\}/g, '');
  if (globs && /\[\d+-\d+(?::\d+)?\]|\[[a-z]-[a-z]\]|\{[^{}]*,[^{}]*\}/i.test(plain))
    throw new StartError(
      `the address ${JSON.stringify(given.value)} stands for several; write one of them`,
    );
  const found = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?$/is.exec(
    given.value.trim(),
  );
  const [, scheme = 'http', authority = '', path = '', query = ''] = found ?? [];
  if (!/^https?$/i.test(scheme))
    throw new StartError(
      `the address begins with ${scheme}://, and only http and https are spoken`,
    );
  if (authority === '') throw new StartError('the address of the command names no host');
  const isVariable = found?.[1] === undefined && authority.startsWith('{{');
  const at = authority.lastIndexOf('@');
  const added = [
    query,
    ...options.flatMap(({ name, value }) => (name === 'url-query' ? [urlQuery(value)] : [])),
    data ?? '',
  ];
  return {
    // A variable of another tool (`{{baseUrl}}`) holds the scheme as well as the host.
    origin: `${isVariable ? '' : `${scheme.toLowerCase()}://`}${authority.slice(at + 1)}`,
    path: path === '' ? '/' : path,
    query: added.filter((part) => part !== '').join('&'),
    userInfo: at < 0 ? undefined : authority.slice(0, at),
  };
}

/** `--url-query name=content`; after a leading "+", the text is added without encoding. */
function urlQuery(value: string): string {
  if (value.startsWith('+')) return value.slice(1);
  const equals = value.indexOf('=');
  return equals < 0
    ? encodeURIComponent(value)
    : `${value.slice(0, equals)}=${encodeURIComponent(value.slice(equals + 1))}`;
}

/** The bytes of user and password; `undefined` if the command has none. */
function loginOf(
  options: readonly GivenOption[],
  userInfo: string | undefined,
): Buffer | undefined {
  const given = options.findLast(({ name }) => name === 'user')?.value;
  if (given !== undefined) return Buffer.from(given);
  return userInfo === undefined ? undefined : withoutEscapes(userInfo);
}

function credentialsOf(login: string): CurlRequest['credentials'] {
  const colon = login.indexOf(':');
  return colon < 0
    ? { user: login, password: undefined }
    : { user: login.slice(0, colon), password: login.slice(colon + 1) };
}

/** A user without a password has an empty one. */
const basicOf = (login: Buffer): string =>
  `Basic ${(login.includes(':') ? login : Buffer.concat([login, Buffer.from(':')])).toString('base64')}`;

/** As curl reads an address: a percent sign that escapes nothing stands for itself. */
const withoutEscapes = (text: string): Buffer =>
  Buffer.concat(
    text
      .split(/((?:%[\da-f]{2})+)/i)
      .map((part, index) =>
        index % 2 === 0 ? Buffer.from(part) : Buffer.from(part.replaceAll('%', ''), 'hex'),
      ),
  );
