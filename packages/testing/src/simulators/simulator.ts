import type { IncomingMessage, ServerResponse } from 'node:http';
import { readAll, startLoopbackServer, type ReceivedRequest } from '../loopback-server.ts';

/** What every simulator may be told. */
export interface SimulatorOptions {
  readonly port?: number;
  readonly now?: () => number;
  /** Zone of the vendor's clock, for systems that write local time without saying which. */
  readonly timeZone?: string;
}

/** A request exactly as it came in. */
export interface JournalEntry extends ReceivedRequest {
  /** Path and query as they stood in the request line. */
  readonly target: string;
  readonly text: string;
}

export interface SimulatorRequest extends JournalEntry {
  /** Query and, where the body is a form, its fields: what a PHP script sees as its parameters. */
  readonly parameters: URLSearchParams;
  /** What the route's groups matched. */
  readonly parts: readonly string[];
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: (request: SimulatorRequest) => Reply | Promise<Reply>;
}

/** A vendor's system over HTTP on 127.0.0.1. */
export interface Simulator {
  readonly url: string;
  readonly port: number;
  /** All that came in, in order: what the vendor got is what counts. */
  readonly journal: readonly JournalEntry[];
  /** The next request is answered with this, whatever it asks for, and does nothing: a proxy in front of the vendor, for instance. */
  readonly answerNext: (reply: Reply) => void;
  readonly close: () => Promise<void>;
}

export interface SimulatorParts {
  readonly routes: readonly Route[];
  /** A reply ends the exchange before any route is asked. */
  readonly guard?: (request: SimulatorRequest) => Reply | undefined;
  readonly unknownRoute: (request: SimulatorRequest) => Reply;
  readonly port?: number | undefined;
}

export async function startSimulator(parts: SimulatorParts): Promise<Simulator> {
  const journal: JournalEntry[] = [];
  const planned: Reply[] = [];
  const server = await startLoopbackServer((incoming, response) => {
    replyTo(incoming, parts, journal, planned).then(
      (reply) => send(response, reply),
      (error: unknown) => send(response, { status: 500, body: String(error) }),
    );
  }, parts.port);
  return {
    url: server.url,
    port: server.port,
    journal,
    answerNext: (reply) => planned.push(reply),
    close: server.close,
  };
}

async function replyTo(
  incoming: IncomingMessage,
  { routes, guard, unknownRoute }: SimulatorParts,
  journal: JournalEntry[],
  planned: Reply[],
): Promise<Reply> {
  const request = await readRequest(incoming);
  journal.push(request);
  const next = planned.shift();
  if (next) return next;
  const refused = guard?.(request);
  if (refused) return refused;
  for (const { method, pattern, handle } of routes) {
    const match = method === request.method ? pattern.exec(request.path) : null;
    if (match) return handle({ ...request, parts: partsOf(match) });
  }
  return unknownRoute(request);
}

/** A group that took no part is an empty text. */
function partsOf([, ...groups]: readonly (string | undefined)[]): string[] {
  return groups.map((group = '') => decodeURIComponent(group));
}

async function readRequest(incoming: IncomingMessage): Promise<SimulatorRequest> {
  const body = await readAll(incoming);
  const text = body.toString('utf8');
  const target = incoming.url ?? '/';
  const url = new URL(target, 'http://vendor.invalid');
  const isForm = /^application\/x-www-form-urlencoded/i.test(
    incoming.headers['content-type'] ?? '',
  );
  const parameters = new URLSearchParams(url.searchParams);
  if (isForm) for (const [name, value] of new URLSearchParams(text)) parameters.append(name, value);
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    target,
    headers: incoming.headers,
    body,
    text,
    parameters,
    parts: [],
  };
}

function send(response: ServerResponse, { status = 200, headers, body = '' }: Reply): void {
  response.writeHead(status, {
    ...headers,
    ...(status !== 204 && { 'Content-Length': Buffer.byteLength(body) }),
  });
  response.end(body);
}
