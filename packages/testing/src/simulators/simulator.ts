import type { IncomingMessage, ServerResponse } from 'node:http';
import { readAll, startLoopbackServer, type ReceivedRequest } from '../loopback-server.ts';
import { commit, Faults, losesOnlyTheAnswer } from '../vendor-server/faults.ts';

/** Options of every simulator. */
export interface SimulatorOptions {
  readonly port?: number | undefined;
  /** The clock, in milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Time zone of the vendor's clock, for systems that write local time without stating it. */
  readonly timeZone?: string | undefined;
}

/** A request exactly as it was received. */
export interface JournalEntry extends ReceivedRequest {
  /** Path and query as in the request line. */
  readonly target: string;
  readonly text: string;
}

export interface SimulatorRequest extends JournalEntry {
  /** Query and, if the body is a form, its fields: what a PHP script sees as its parameters. */
  readonly parameters: URLSearchParams;
  /** What the route's groups matched. */
  readonly parts: readonly string[];
}

/** What a simulator answers; by default 200 with an empty body. */
export interface Reply {
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Buffer | undefined;
}

export interface Route {
  /** The name that `faults.next` takes; a route without a name only gets the faults of `*`. */
  readonly name?: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: (request: SimulatorRequest) => Reply | Promise<Reply>;
}

/** A vendor's system over HTTP on 127.0.0.1. */
export interface Simulator {
  readonly url: string;
  readonly port: number;
  /** Every request that has arrived, in order. */
  readonly journal: readonly JournalEntry[];
  /** Answers the next request, whatever it asks for, with this reply and no effect, as a proxy in front of the vendor would. */
  readonly answerNext: (reply: Reply) => void;
  /** The fault switches, for all requests (`*`), or for those that the simulator has names for. */
  readonly faults: Faults;
  readonly close: () => Promise<void>;
}

export interface SimulatorParts {
  readonly routes: readonly Route[];
  /** A reply ends the exchange before any route is tried. */
  readonly guard?: (request: SimulatorRequest) => Reply | undefined;
  readonly unknownRoute: (request: SimulatorRequest) => Reply;
  readonly port?: number | undefined;
  /** The clock for the dates of answers; by default the real one. */
  readonly now?: () => number;
}

export async function startSimulator(parts: SimulatorParts): Promise<Simulator> {
  const journal: JournalEntry[] = [];
  const planned: Reply[] = [];
  const faults = new Faults();
  const server = await startLoopbackServer((incoming, response) => {
    if (parts.now) response.setHeader('Date', new Date(parts.now()).toUTCString());
    answer(incoming, response, parts, { journal, planned, faults }).catch((error: unknown) =>
      send(response, { status: 500, body: String(error) }),
    );
  }, parts.port);
  return {
    url: server.url,
    port: server.port,
    journal,
    answerNext: (reply) => planned.push(reply),
    faults,
    close: server.close,
  };
}

interface Running {
  readonly journal: JournalEntry[];
  readonly planned: Reply[];
  readonly faults: Faults;
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  parts: SimulatorParts,
  { journal, planned, faults }: Running,
): Promise<void> {
  const request = await readRequest(incoming);
  journal.push(request);
  const next = planned.shift();
  if (next) return send(response, next);
  const route = parts.routes.find(
    ({ method, pattern }) => method === request.method && pattern.test(request.path),
  );
  const proceed = () => replyTo(request, route, parts);
  const fault = faults.take(route?.name ?? '*');
  // If only the answer is lost, the work has been done: the very case in which repeating does harm.
  const done = fault && losesOnlyTheAnswer(fault) ? await proceed() : undefined;
  const effect = fault && (await commit(fault, incoming, response, request.text));
  if (effect === 'over') return;
  const reply = done ?? (await proceed());
  const label = effect && { 'Content-Type': effect.contentType };
  send(response, { ...reply, headers: { ...reply.headers, ...label } });
}

async function replyTo(
  request: SimulatorRequest,
  route: Route | undefined,
  { guard, unknownRoute }: SimulatorParts,
): Promise<Reply> {
  const refused = guard?.(request);
  if (refused) return refused;
  if (!route) return unknownRoute(request);
  return route.handle({ ...request, parts: partsOf(route.pattern.exec(request.path) ?? []) });
}

/** A group of the pattern that matched nothing becomes an empty text. */
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
