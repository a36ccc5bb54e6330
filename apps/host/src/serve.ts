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

/** How long requests under way may take to end before their connections are cut, and what they wait for is broken off. */
const longestFinishMs = 30_000;

/** Puts a host together and serves it, alone in its folder where that has the store. @throws {StartError} */
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
    // Some telephone systems write no Host. Nothing here depends on it.
    hostname: 'localhost',
    errorHandler: unreadable.answer,
  });
  const server = createServer(
    // A mailing of a million contacts takes its time to arrive.
    {
      requestTimeout: 30 * 60_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 65_000,
      requireHostHeader: false,
    },
    (request, response) => {
      // Tells clients that keep connections open to come back on a new one, elsewhere.
      if (isDraining || hasBodyForNobody(request)) response.setHeader('Connection', 'close');
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
    // Load balancers look at /readyz now and then; until they look away, their requests are still served.
    await pause(environment.drainSeconds * 1000);
    // A call is finished also where its caller has left, and its connection is closed.
    await Promise.all([closeServer(server, connections), host.requestsEnded(longestFinishMs)]);
    await host.close();
    leave();
    logger.info({}, 'stopped');
  }

  return { url, newAdminKey: host.newAdminKey, stop: () => (stopping ??= stop()) };
}

/** The body of a GET is not read: otherwise a slow sender, even a stranger without a key, would hold a connection for as long as a mailing may take. */
function hasBodyForNobody({ method, headers }: IncomingMessage): boolean {
  const isRead = method !== 'GET' && method !== 'HEAD';
  if (isRead) return false;
  return 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0;
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

/** By the port that it got, where it was left to the system. */
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
