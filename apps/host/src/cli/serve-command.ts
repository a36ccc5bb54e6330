import { join } from 'node:path';
import process from 'node:process';
import type { Logger } from '@finaz-telephony/core';
import { defineCommand } from 'citty';
import { readEnvironment, type Environment } from '../environment.ts';
import { withoutWords } from '../logged-error.ts';
import { createLogger } from '../logger.ts';
import { serve, type RunningHost } from '../serve.ts';
import { isOfAdapter } from '../stray-failure.ts';
import { folderOf } from '../tenants/package-entry.ts';
import { flushTraces } from '../tracing.ts';
import { guarded, say } from './command-line.ts';

export const serveCommand = defineCommand({
  meta: {
    name: 'serve',
    description: 'Start the host; everything is set by environment variables',
  },
  run: guarded(async () => {
    const environment = readEnvironment(process.env);
    const logger = createLogger(environment.logLevel);
    outliveAdapters(environment, logger);
    const running = await serve(environment, logger);
    stopOnSignals(running, logger);
    if (environment.adminKey === undefined) tellAdminKey(environment, running);
    logger.info(
      {
        url: running.url,
        docs: `${running.url}/docs`,
        database: environment.databaseUrl ? 'postgres' : 'sqlite',
      },
      'serving',
    );
  }),
});

/** What an adapter has left unhandled ends no host; anything else does. */
function outliveAdapters({ adapters }: Environment, logger: Logger): void {
  const folders = adapters.flatMap((name) => folderOf(name, process.cwd()) ?? []);
  process.on('uncaughtException', (thrown) => {
    if (isOfAdapter(thrown, folders)) {
      logger.error(
        { err: withoutWords(thrown) },
        'an adapter left a failure unhandled, perhaps of a promise that it did not await; tell its author. The host goes on',
      );
      return;
    }
    logger.error(
      { err: withoutWords(thrown) },
      'the host ends: an error was thrown where nothing catches it, perhaps by an adapter',
    );
    process.exit(1);
  });
}

function stopOnSignals(running: RunningHost, logger: Logger): void {
  const stop = () => {
    running
      .stop()
      .then(flushTraces)
      .then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, 'the host could not stop cleanly');
          process.exit(1);
        },
      );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function tellAdminKey({ dataDir }: Environment, { newAdminKey }: RunningHost): void {
  const place = join(dataDir, 'keys.json');
  // Anything but a terminal is a log: of a service, of a container. A key that was generated earlier, by a command or a failed start, has not been shown either: so its place is.
  say(
    process.stderr.isTTY && newAdminKey !== undefined
      ? `\nAdmin key (told this once, kept in ${place}): ${newAdminKey}\n`
      : `\nAdmin key: in ${place}\n`,
  );
}
