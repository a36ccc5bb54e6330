import type { ContextRequestInit } from '../../context.ts';
import { TelephonyError } from '../../errors/telephony-error.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { headerName } from './header-name.ts';
import { encodeText } from './charset.ts';
import { compileBody, compilePairs, type RenderedBody } from './request-body.ts';
import type { Scope } from '../language/scope.ts';
import type { Charset, RequestSettings } from './exchange-settings.ts';
import { compileGivenUrl, compileUrl, compileUrlRest, isGivenUrl } from './url-template.ts';

export interface RenderedRequest {
  readonly url: string;
  readonly init: Omit<ContextRequestInit, 'headers'> & {
    readonly method: string;
    readonly headers: Record<string, string>;
  };
}

export interface ConnectionSettings {
  readonly baseUrl: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Compiles one request of a document; rendering it parses nothing. */
export function compileRequest(
  settings: RequestSettings,
  connection: ConnectionSettings,
  place: DocumentPlace,
): (scope: Scope) => RenderedRequest {
  const url = compileRequestUrl(connection.baseUrl, settings.url, place.at('url'));
  const query = compilePairs(settings.query, place.at('query'));
  const headers = [
    ...(settings.anonymous
      ? []
      : compileHeaders(
          withoutNames(connection.headers, settings.headers),
          place.ofConnection('headers'),
          'connection',
        )),
    ...compileHeaders(settings.headers, place.at('headers')),
  ];
  const { method, charset } = settings;
  const body = settings.body && compileBody(settings.body, charset, place.at('body'));
  if (settings.body?.multipart && headers.some(({ name }) => name === 'content-type')) {
    place
      .at('body', 'multipart')
      .report(
        'brings its own Content-Type, which says where each part ends; leave it out of headers',
      );
  }
  // A reply may not decide who gets the credentials.
  const isGiven = isGivenUrl(settings.url);
  const baseTemplate = place.ofConnection('baseUrl').text(connection.baseUrl ?? '');
  const base = (scope: Scope) => (isGiven ? baseTemplate.render(scope) : '');
  if (body && method === 'GET')
    place.at('body').report('a GET request has no body; use another method, or query');
  const timeoutMs = settings.timeout === undefined ? undefined : settings.timeout * 1000;

  return (scope) => {
    const own = url(scope);
    const address = scope.nextPage === undefined ? own : onSameHost(scope.nextPage, own);
    const pairs = scope.nextPage === undefined ? query(scope) : '';
    const rendered: Record<string, string> = {};
    const isElsewhere = isGiven && !isOnHostOf(address, base(scope));
    for (const header of headers) {
      if (isElsewhere && header.of === 'connection') continue;
      rendered[header.name] = checkedHeader(header.name, header.template.render(scope));
    }
    const written = inCharset(body?.(scope), charset);
    if (written?.contentType !== undefined) rendered['content-type'] ??= written.contentType;
    return {
      url: pairs === '' ? address : `${address}${address.includes('?') ? '&' : '?'}${pairs}`,
      init: {
        method,
        headers: rendered,
        ...(written && { body: written.content }),
        ...(timeoutMs !== undefined && { timeoutMs }),
      },
    };
  };
}

/** The vendor decides where the next page is, but it must be on the same host. */
function onSameHost(given: string, own: string): string {
  const url = URL.parse(given, own);
  if (url && url.origin === URL.parse(own)?.origin) return url.href;
  throw new TelephonyError({
    code: 'unreadable_response',
    message: 'The telephone system has given an address on another host for the next page.',
    hint: 'Look at the answer in the log of exchanges, and at pages.next of the connection.',
    delivery: 'answered',
  });
}

/** Whether an address is on the connection's host, and uses TLS if the connection does: otherwise its credentials would be sent in the clear. */
function isOnHostOf(address: string, base: string): boolean {
  const [given, own] = [URL.parse(address), URL.parse(base)];
  const isDowngrade = own?.protocol === 'https:' && given?.protocol === 'http:';
  return given?.host === own?.host && !isDowngrade;
}

function inCharset(body: RenderedBody | undefined, charset: Charset): RenderedBody | undefined {
  if (!body || charset === 'utf-8' || typeof body.content !== 'string') return body;
  return { ...body, content: encodeText(body.content, charset) };
}

function compileRequestUrl(
  baseUrl: string | undefined,
  url: string,
  place: DocumentPlace,
): (scope: Scope) => string {
  if (isGivenUrl(url)) return compileGivenUrl(url, baseUrl, place);
  if (isAbsolute(url)) return compileUrl(url, place);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url))
    place.report('only http:// and https:// addresses can be called');
  else if (baseUrl === undefined)
    place.report('is relative; write the whole address, or set baseUrl beside it');
  const base = compileUrl((baseUrl ?? '').replace(/\/+$/, ''), place.ofConnection('baseUrl'));
  const rest = compileUrlRest(url === '' || /^[/?]/.test(url) ? url : `/${url}`, place);
  return (scope) => base(scope) + rest(scope);
}

/** Whether an address says its own scheme and host, or takes them from a variable. */
export function isAbsolute(url: string): boolean {
  return /^https?:\/\//i.test(url) || /^\{\{\s*variables\./.test(url);
}

/** A request's own header replaces the connection's, in any letter case. */
function withoutNames(
  headers: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = new Set(Object.keys(others).map((name) => name.toLowerCase()));
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !names.has(name.toLowerCase())),
  );
}

function compileHeaders(
  headers: Readonly<Record<string, string>>,
  place: DocumentPlace,
  of: 'connection' | 'request' = 'request',
) {
  return Object.entries(headers).map(([name, value]) => {
    const ofHeader = place.at(name);
    if (!headerName.test(name)) ofHeader.report('is not a header name');
    if (
      /^(?:content-length|transfer-encoding|connection|keep-alive|expect|host|upgrade)$/i.test(name)
    ) {
      ofHeader.report('is set by the host itself; leave it out');
    }
    return { name: name.toLowerCase(), of, template: ofHeader.text(value) };
  });
}

/** A line break in a header would be a second header, or a second request. */
function checkedHeader(name: string, value: string): string {
  if (/[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/.test(value)) {
    throw new TelephonyError({
      code: 'invalid_input',
      message: `The value of the header "${name}" has characters that no header may have.`,
      hint: 'Line breaks, control characters and characters beyond Latin-1 cannot stand in a header; use a filter such as urlEncode.',
    });
  }
  return value;
}
