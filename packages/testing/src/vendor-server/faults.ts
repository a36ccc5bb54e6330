import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/** How a vendor's server can misbehave. */
export type Fault =
  /** The right answer, this many milliseconds late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** An error status with the vendor's own words. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** Breaks the connection in the middle of the body. */
  | { readonly kind: 'reset' }
  /** Breaks the connection before any answer. */
  | { readonly kind: 'resetBeforeAnswer' }
  /** Status 200 with a page for people. */
  | { readonly kind: 'html' }
  /** Status 200 with JSON that ends too early. */
  | { readonly kind: 'brokenJson' }
  /** Status 200 with an empty body. */
  | { readonly kind: 'empty' }
  /** An error that repeats the caller's credentials and data. */
  | { readonly kind: 'echo' }
  /** A body without an end. */
  | { readonly kind: 'endless' }
  /** A few kilobytes that inflate to hundreds of megabytes. */
  | { readonly kind: 'gzipBomb' }
  /** JSON nested 100,000 levels deep. */
  | { readonly kind: 'deepJson' }
  /** Redirects elsewhere. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** The right answer with a wrong content type. */
  | { readonly kind: 'contentType'; readonly contentType: string }
  /** For the answered event, which is sent twice. */
  | { readonly kind: 'duplicateEvent' };

export type FaultKind = Fault['kind'];

/** Whether the vendor carries out the request, and only its answer is lost or spoilt. */
export function losesOnlyTheAnswer({ kind }: Fault): boolean {
  return (
    kind === 'hang' ||
    kind === 'reset' ||
    kind === 'resetBeforeAnswer' ||
    kind === 'brokenJson' ||
    kind === 'empty'
  );
}

interface Planned {
  readonly fault: Fault;
  left: number;
}

/** The fault switches of a server: by route, for a number of requests. */
export class Faults {
  readonly #planned = new Map<string, Planned>();

  /** The next `times` requests of a route (`click2call`, `recording`, … or `*`) get this fault; permanently without `times`. */
  next(route: string, fault: Fault, times = Number.POSITIVE_INFINITY): void {
    this.#planned.set(route, { fault, left: times });
  }

  clear(): void {
    this.#planned.clear();
  }

  /** @internal */
  take(route: string): Fault | undefined {
    const key = this.#planned.has(route) ? route : '*';
    const planned = this.#planned.get(key);
    if (!planned) return undefined;
    planned.left -= 1;
    if (planned.left <= 0) this.#planned.delete(key);
    return planned.fault;
  }
}

const page =
  '<!doctype html><html><body><h1>Manutencao</h1><p>Sistema em manutencao, volte mais tarde.</p></body></html>';

/**
 * Applies a fault.
 *
 * @returns the content type to answer with instead of the right one, `'over'` when the fault was the whole answer, or nothing to go on as usual
 */
export async function commit(
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): Promise<'over' | { contentType: string } | undefined> {
  switch (fault.kind) {
    case 'slow':
      await pause(fault.ms, undefined, { ref: false });
      return undefined;
    case 'hang':
      return 'over';
    case 'status':
      response.writeHead(fault.status, {
        'Content-Type': 'application/json',
        ...(fault.retryAfter !== undefined && { 'Retry-After': fault.retryAfter }),
      });
      response.end(
        JSON.stringify({ error: { message: `falha ${fault.status} no servidor do discador` } }),
      );
      return 'over';
    case 'reset':
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
      response.write('{"id":"c-', () => request.socket.resetAndDestroy());
      return 'over';
    case 'resetBeforeAnswer':
      request.socket.resetAndDestroy();
      return 'over';
    case 'html':
      response.writeHead(200, { 'Content-Type': 'text/html' });
      response.end(page);
      return 'over';
    case 'brokenJson':
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end('{"id": "c-1", "sta');
      return 'over';
    case 'empty':
      response.writeHead(200);
      response.end();
      return 'over';
    case 'echo':
      response.writeHead(500, { 'Content-Type': 'text/plain' });
      response.end(
        `ERROR: Login incorrect |${request.headers.authorization ?? ''}|${request.url ?? ''}|${body}|BAD|`,
      );
      return 'over';
    case 'endless':
      response.writeHead(200, { 'Content-Type': 'application/json' });
      writeWithoutEnd(response);
      return 'over';
    case 'gzipBomb':
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' });
      response.end(bomb());
      return 'over';
    case 'deepJson':
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
      return 'over';
    case 'redirect':
      response.writeHead(302, { Location: fault.location });
      response.end();
      return 'over';
    case 'contentType':
      return { contentType: fault.contentType };
    case 'duplicateEvent':
      return undefined;
  }
}

function writeWithoutEnd(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, 0x20);
  const write = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', write);
  write();
}

/** A gzip file may have many members, so one small member is repeated. */
function bomb(): Buffer {
  const member = gzipSync(Buffer.alloc(1024 * 1024));
  return Buffer.concat(Array.from({ length: 300 }, () => member));
}
