import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReceivedRequest } from '../loopback-server.ts';

export interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string | Buffer | Readable;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Exchange {
  readonly received: ReceivedRequest;
  readonly text: string;
  readonly parts: readonly string[];
}

/** One of the addresses of a telephone system. */
export interface Route {
  /** The name that `faults.next` takes. */
  readonly name: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: (exchange: Exchange) => Answer | Promise<Answer>;
}

export const json = (status: number, body: unknown): Answer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});
export const failure = (status: number, message: string): Answer =>
  json(status, { ok: false, error: { message } });

export function send(
  response: ServerResponse,
  { status, contentType, body, headers }: Answer,
): void {
  response.writeHead(status, {
    ...(contentType !== undefined && { 'Content-Type': contentType }),
    ...(!(body instanceof Readable) &&
      status !== 204 && { 'Content-Length': Buffer.byteLength(body) }),
    ...headers,
  });
  if (body instanceof Readable) {
    body.pipe(response);
    response.on('close', () => body.destroy());
  } else response.end(body);
}
