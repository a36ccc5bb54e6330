import { STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { RequestError as ListenerError } from '@hono/node-server';
import type { Logger } from '@finaz-telephony/core';
import { createTellSeldom, type TellSeldom } from '../tell-seldom.ts';
import { problemResponse, type Problem } from './problem.ts';
import { platformCode } from '../platform-code.ts';

type Refusal = Omit<Problem, 'type'>;

/**
 * A request that cannot be parsed as HTTP is answered with an explanation, and logged. Node's own answer is an empty 400: a telephone system that writes an
 * unencoded space or accent into its address would lose all of its events, and nobody would know why.
 */
export interface UnreadableRequests {
  /** Also answers what never becomes a request. */
  readonly watch: (server: Server) => void;
  /** The answer to what the request listener refuses, or fails at. */
  readonly answer: (error: unknown) => Response;
}

export function createUnreadableRequests(logger: Logger): UnreadableRequests {
  const tellSeldom = createTellSeldom(logger);
  return {
    watch(server) {
      const latest = new WeakMap<Duplex, ServerResponse>();
      server.on('request', (request, response) => void latest.set(request.socket, response));
      // Node refuses an expectation that it does not know, with an empty answer and no line in the log. HTTP lets a server ignore it.
      server.on('checkExpectation', (request, response) =>
        server.emit('request', request, response),
      );
      const ending = new WeakSet<Duplex>();
      server.on('clientError', (error, socket) => {
        // Each chunk that follows the first unreadable one fails, too.
        if (ending.has(socket)) return;
        ending.add(socket);
        const before = latest.get(socket);
        if (!isTooSlow(error)) return end(error, socket);
        // After a standstill of this process, Node looks for slow requests before it reads those that have come in meanwhile.
        setImmediate(() => {
          if (latest.get(socket) === before) end(error, socket);
          else ending.delete(socket);
        });
      });

      function end(error: Error, socket: Duplex): void {
        const response = latest.get(socket);
        const isUnderWay = response?.closed === false;
        // A request that arrived whole gets its own answer, whatever its sender wrote after it: a 400 would say that nothing was done.
        if (isUnderWay && response.req.complete) response.once('close', () => socket.destroy());
        else if (isUnderWay && response.headersSent) socket.destroy();
        else refuse(error, socket, tellSeldom);
      }
    },
    answer(error) {
      if (!(error instanceof ListenerError)) {
        logger.error({ err: error }, 'a request failed by our own fault');
        return new Response(null, { status: 500 });
      }
      const problem = notHttp(error.message);
      tell(tellSeldom, problem);
      return problemResponse(problem);
    },
  };
}

function refuse(error: Error, socket: Duplex, tellSeldom: TellSeldom): void {
  const problem = problemOf(error);
  if (!socket.writable || !problem) return void socket.destroy(error);
  if (problem.status !== 408) tell(tellSeldom, problem);
  const body = JSON.stringify({ type: 'about:blank', ...problem } satisfies Problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Connection: close',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/** Logs no content of the request, which contains numbers. */
function tell(tellSeldom: TellSeldom, { detail, hint }: Refusal): void {
  tellSeldom({ detail, hint }, 'a request could not be read, and nothing was done for it');
}

const isTooSlow = (error: Error) => platformCode(error) === 'ERR_HTTP_REQUEST_TIMEOUT';

/** `undefined` if nobody is left to answer. */
function problemOf(error: Error): Refusal | undefined {
  const code = platformCode(error);
  if (isTooSlow(error)) {
    return {
      status: 408,
      code: 'invalid_input',
      title: 'Too slow',
      detail: 'The request did not come in whole in time.',
    };
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return {
      status: 431,
      code: 'payload_too_large',
      title: 'Too large',
      detail: 'The address and the headers of the request have more than 16 KB.',
    };
  }
  const hasLeft = code === 'HPE_INVALID_EOF_STATE';
  if (!code.startsWith('HPE_') || hasLeft) return undefined;
  const reason = 'reason' in error ? String(error.reason) : code;
  return notHttp(reason, mends[code]);
}

const inAddress =
  'An address must not contain unencoded spaces or accents: percent-encode them as UTF-8, a space as %20 and é as %C3%A9.';

const mends: Readonly<Record<string, string>> = {
  HPE_INVALID_URL: inAddress,
  // Where the HTTP version should be: a space has ended the address.
  HPE_INVALID_CONSTANT: inAddress,
  HPE_INVALID_METHOD:
    'The request does not begin with an HTTP method. If it was sent with TLS (https): this host does not speak TLS, only the proxy in front of it does.',
};

function notHttp(reason: string, hint?: string): Refusal {
  return {
    status: 400,
    code: 'invalid_input',
    title: 'Invalid input',
    detail: `The request is not valid HTTP/1.1: ${reason}.`,
    ...(hint !== undefined && { hint }),
  };
}
