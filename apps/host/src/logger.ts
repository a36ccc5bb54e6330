import { writeSync } from 'node:fs';
import process from 'node:process';
import type { Logger } from '@finaz-telephony/core';
import { maskPersonal } from '@finaz-telephony/core/host';
import { createLogOutput, type LogOutput } from './log-output.ts';
import { loggedError } from './logged-error.ts';
import { loggedTrace } from './tracing.ts';
import pino, { type DestinationStream } from 'pino';

/**
 * The host's log: JSON lines on stdout. Credentials are redacted by the path of their field, CPFs and telephone numbers by their form, in any field.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { service: 'finaz-telephony' },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'authorization',
        'cookie',
        'password',
        'secret',
        'token',
        'key',
        '*.authorization',
        '*.password',
        '*.secret',
        '*.token',
      ],
      censor: '***',
    },
    mixin: loggedTrace,
    serializers: { err: (error: unknown) => loggedError(error) },
    hooks: { streamWrite: maskPersonal },
  };
  const log = pino(
    options,
    destination ??
      stdout((lostLines) =>
        log.warn(
          { lostLines },
          'the log can be written again; the lines that it could not hold are lost',
        ),
      ),
  );
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  };
}

function stdout(onRecovery: (lostLines: number) => void): LogOutput {
  // Once Node.js has opened stdout, writing to a full pipe fails with EAGAIN. Otherwise, it would block the host until somebody reads.
  const { fd } = process.stdout;
  const output = createLogOutput({
    write: (bytes) => writeSync(fd, bytes),
    onFailure: (code) =>
      process.stderr.write(
        `the log of the host cannot be written to stdout (${code}); the host goes on without it until it can be\n`,
      ),
    onRecovery,
  });
  process.once('exit', output.flush);
  return output;
}

const ignore = () => undefined;
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
