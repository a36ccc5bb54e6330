import { TelephonyError } from '../../errors/telephony-error.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { percentEncode } from './percent-encode.ts';
import { noScope, type Scope } from '../language/scope.ts';
import { splitTemplate } from '../language/split-template.ts';

/**
 * Compiles an address. A value stays inside its path segment or query value: it is percent-encoded, and a segment that would become `.` or
 * `..` is refused. Only `variables` may determine the host; a caller's values may not.
 */
export function compileUrl(source: string, place: DocumentPlace): (scope: Scope) => string {
  const length = place.attempt(() => hostLength(source), source.length);
  const host = place.text(source.slice(0, length));
  if ([...host.reads].some((name) => name !== 'variables')) {
    place.report(
      'the host of an address may only come from {{ variables… }}, not from what a caller sends; it ends at the first "/"',
    );
  }
  if (/^[a-z][a-z0-9+.-]*:\/*$/i.test(source.slice(0, length))) place.report('names no host');
  const rest = compileUrlRest(source.slice(length), place);
  const fixed = host.isLiteral ? host.render(noScope) : '';
  if (hasHost(fixed)) return (scope) => fixed + rest(scope);
  return (scope) => checkedHost(host.render(scope)) + rest(scope);
}

const hasHost = (address: string): boolean => /^[a-z][a-z0-9+.-]*:\/\/[^/\\?#\s]/i.test(address);

/** If a variable is empty, the next path segment would be read as the host: `https:///segment`. */
function checkedHost(host: string): string {
  if (hasHost(host)) return host;
  throw new TelephonyError({
    code: 'invalid_config',
    message: 'The address of the request has no host.',
    hint: 'Check baseUrl and the variables that it is made of.',
  });
}

/** Compiles what follows the host of an address. */
export function compileUrlRest(source: string, place: DocumentPlace): (scope: Scope) => string {
  const rest = place.text(source);
  if (rest.isLiteral) return () => source;
  const gaps = gapsIn(
    splitTemplate(source)
      .map(({ kind, written }) => (kind === 'text' ? written : 'x'))
      .join(''),
  );
  return (scope) => {
    const address = rest.render(scope, escapeSegment);
    if (gapsIn(address) === gaps) return address;
    throw new TelephonyError({
      code: 'invalid_input',
      message:
        'A value that forms a whole part of the address is empty: the request would go to another address.',
      hint: 'Look at the preview of the feature: a capture, a parameter or an entry of a table is missing.',
    });
  };
}

/** How many segments of a path are empty: `DELETE /lists/` without the id may mean all lists. */
function gapsIn(address: string): number {
  const [, ...segments] = (/^[^?#]*/.exec(address)?.[0] ?? '').split('/');
  return segments.filter((segment) => segment === '').length;
}

/** An address from a reply, unchanged: `{{ captures.location }}` and nothing else. */
export function isGivenUrl(source: string): boolean {
  return /^\{\{\s*captures\.[A-Za-z0-9_]+\s*\}\}$/.test(source.trim());
}

/**
 * Compiles an address from a reply: absolute, or relative to the connection's base URL (`jobs/7`); an address that begins with a slash is the whole path. Here
 * it must be http or https; egress decides whether it may be called. On another host, `compileRequest` leaves the connection's headers out: the vendor's answer
 * must not decide who gets the credentials.
 */
export function compileGivenUrl(
  source: string,
  baseUrl: string | undefined,
  place: DocumentPlace,
): (scope: Scope) => string {
  const given = place.text(source);
  const base = place.ofConnection('baseUrl').text(baseUrl ?? '');
  return (scope) => {
    const address = given.render(scope);
    const url = address === '' ? null : URL.parse(address, folder(base.render(scope)));
    if (url?.protocol === 'https:' || url?.protocol === 'http:') {
      // A fragment is never sent, and neither would be a query appended after it.
      url.hash = '';
      return url.href;
    }
    throw new TelephonyError({
      code: 'unreadable_response',
      // It is the request to this address that was not sent.
      delivery: 'not_sent',
      message: 'The telephone system has given an address that is not valid.',
      hint: 'Look at the answer in the log of exchanges, and at the capture that reads it.',
    });
  };
}

const folder = (base: string): string | undefined =>
  base === '' ? undefined : base.replace(/\/*$/, '/');

/** How much of an address is scheme and host: up to the first "/", "?" or "#" outside `{{ }}`. */
function hostLength(source: string): number {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(source)?.[0].length ?? 0;
  let length = 0;
  for (const { kind, written } of splitTemplate(source)) {
    const from = Math.max(0, scheme - length);
    const end = kind === 'text' ? written.slice(from).search(/[/?#]/) : -1;
    if (end >= 0) return length + from + end;
    length += written.length;
  }
  return length;
}

function escapeSegment(text: string): string {
  if (text === '.' || text === '..') {
    throw new TelephonyError({
      code: 'invalid_input',
      message: `A value in the address is ${JSON.stringify(text)}, which would lead to another address.`,
      hint: 'Send the value that the telephone system knows.',
    });
  }
  return percentEncode(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
