import { join } from 'node:path';
import process from 'node:process';
import { defineCommand } from 'citty';
import { readEnvironment } from '../environment.ts';
import { withoutWords } from '../logged-error.ts';
import { createLogger } from '../logger.ts';
import { serve } from '../serve.ts';
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
    const adapterFolders = environment.adapters.flatMap(
      (name) => folderOf(name, process.cwd()) ?? [],
    );
    process.on('uncaughtException', (thrown) => {
      if (isOfAdapter(thrown, adapterFolders)) {
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
    const running = await serve(environment, logger);
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
    if (environment.adminKey === undefined) {
      const place = join(environment.dataDir, 'keys.json');
      // What is no terminal is a log: of a service, of a container. And made by a command, or by a start that failed, it has been told to nobody.
      say(
        process.stderr.isTTY && running.newAdminKey !== undefined
          ? `\nAdmin key (told this once, kept in ${place}): ${running.newAdminKey}\n`
          : `\nAdmin key: in ${place}\n`,
      );
    }
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
