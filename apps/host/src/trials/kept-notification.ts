import * as v from 'valibot';
import { StartError } from '../environment.ts';
import { headersOf } from './kept-reply.ts';
import { NotificationSchema, type NotificationSample } from './notification-sample.ts';

const requestLine = /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?$/;
const blankLine = /\r?\n\r?\n/;

/**
 * Reads a saved request: the body alone, or after its request line (`POST /callbacks/1042/dialer?ramal=1001`) and headers. The body stays unchanged, because a
 * signature covers all of it; only a line end that an editor has added beyond `Content-Length` is removed.
 *
 * @throws {StartError} for a method that no notification has
 */
export function readKeptNotification(text: string): NotificationSample {
  const end = blankLine.exec(text);
  const [first = '', ...lines] = text.slice(0, end?.index).split(/\r?\n/);
  const found = requestLine.exec(first);
  if (!found) return v.parse(NotificationSchema, { body: text });
  const [, method, url] = found;
  const headers = headersOf(lines);
  const body = end ? text.slice(end.index + end[0].length) : '';
  const read = v.safeParse(NotificationSchema, {
    method,
    url,
    headers,
    body: asLongAs(headers['content-length'], body),
  });
  if (read.success) return read.output;
  throw new StartError(
    `the request has the method ${method}; it must be GET, POST, PUT, PATCH or DELETE`,
  );
}

function asLongAs(announced: string | undefined, body: string): string {
  const shorter = body.replace(/\r?\n$/, '');
  return announced === String(Buffer.byteLength(shorter)) ? shorter : body;
}
