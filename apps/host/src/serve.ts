import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { Logger } from '@finaz-telephony/core';
import { addressHere } from './address-here.ts';
import { StartError, type Environment } from './environment.ts';
import { createHost } from './host.ts';
import { createUnreadableRequests } from './http/unreadable-requests.ts';
import { trackConnections, type OpenConnections } from './open-connections.ts';
import { beSoleHost } from './store/sole-host.ts';
import { platformCode } from './platform-code.ts';
import { messageOf } from './thrown.ts';

export interface RunningHost {
  readonly url: string;
  readonly newAdminKey: string | undefined;
  /** Stops taking requests, finishes those under way, closes everything. */
  readonly stop: () => Promise<void>;
}

/** How long requests under way may take before their connections are closed and their exchanges aborted. */
const longestFinishMs = 30_000;

/** Assembles a host and serves it. With SQLite, the host must be the only one in its folder. @throws {StartError} */
export async function serve(
  environment: Environment,
  logger: Logger,
  folder: string = process.cwd(),
): Promise<RunningHost> {
  const leave =
    environment.databaseUrl === undefined ? await beSoleHost(environment.dataDir) : () => undefined;
  try {
    return await start(environment, logger, folder, leave);
  } catch (error) {
    leave();
    throw error;
  }
}

async function start(
  environment: Environment,
  logger: Logger,
  folder: string,
  leave: () => void,
): Promise<RunningHost> {
  const host = await createHost(environment, logger, folder);
  let isDraining = false;
  const unreadable = createUnreadableRequests(logger);
  const listener = getRequestListener(host.app.fetch, {
    // Some telephone systems send no Host header. Nothing here depends on it.
    hostname: 'localhost',
    errorHandler: unreadable.answer,
  });
  const server = createServer(
    // A long `requestTimeout`, because a mailing of a million contacts takes time to arrive.
    {
      requestTimeout: 30 * 60_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 65_000,
      requireHostHeader: false,
    },
    (request, response) => {
      // During a drain, makes clients that keep connections open reconnect, to another host.
      if (isDraining || hasBodyForNobody(request)) response.setHeader('Connection', 'close');
      if (hasBody(request)) response.once('finish', () => readRest(request));
      void listener(request, response);
    },
  );
  unreadable.watch(server);
  const connections = trackConnections(server);
  try {
    await listen(server, environment);
  } catch (error) {
    await host.close();
    throw cannotListen(environment, error);
  }
  const url = urlOf(server, environment);
  let stopping: Promise<void> | undefined;

  async function stop(): Promise<void> {
    isDraining = true;
    host.drain();
    logger.info(
      { drainSeconds: environment.drainSeconds },
      'shutting down: finishing what is under way',
    );
    // Load balancers check /readyz only now and then; requests are still served until they have noticed.
    await pause(environment.drainSeconds * 1000);
    // Closed connections are not enough: a call is finished even if its caller has disconnected.
    await Promise.all([closeServer(server, connections), host.requestsEnded(longestFinishMs)]);
    await host.close();
    leave();
    logger.info({}, 'stopped');
  }

  return { url, newAdminKey: host.newAdminKey, stop: () => (stopping ??= stop()) };
}

/**
 * Whether a request has a body that nobody reads. A slow sender of one, even without a key, would otherwise hold a connection as long as a mailing may take.
 */
function hasBodyForNobody({ method, headers }: IncomingMessage): boolean {
  const isRead = method !== 'GET' && method !== 'HEAD';
  return !isRead && hasBody({ headers });
}

const hasBody = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0;

/**
 * Reads what is left of a body that was answered before its end, such as one that is too large. Its former reader has paused it: the rest would never be read,
 * and half a second later the connection would be closed under the next request, a call for instance, for which the client has reused it.
 */
function readRest(request: IncomingMessage): void {
  request.removeAllListeners('data').resume();
}

function cannotListen({ host, port }: Environment, error: unknown): StartError {
  const isTaken = platformCode(error) === 'EADDRINUSE';
  const mend = isTaken
    ? 'choose another port, or stop who uses it'
    : 'HOST must be an address of this machine, and PORT one that this user may open';
  return new StartError(
    `environment PORT, HOST: cannot listen on ${host}:${port} (${messageOf(error)}); ${mend}`,
  );
}

function listen(server: Server, { port, host }: Environment): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** The host's address, with the port that the system chose if PORT is 0. */
function urlOf(server: Server, environment: Environment): string {
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : environment.port;
  return addressHere({ host: environment.host, port });
}

async function closeServer(server: Server, connections: OpenConnections): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  connections.closeWhenIdle();
  const cut = setTimeout(() => server.closeAllConnections(), longestFinishMs);
  await closed;
  clearTimeout(cut);
}
