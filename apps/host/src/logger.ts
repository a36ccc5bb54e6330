import { maskPersonal, type Logger } from '@finaz-telephony/core';
import { loggedError } from './logged-error.ts';
import pino, { type DestinationStream } from 'pino';

/**
 * The host's log: JSON lines on stdout. Fields that hold credentials are cut by their path, CPFs and telephone numbers by their form, whatever
 * field they come in.
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
    serializers: { err: (error: unknown) => loggedError(error) },
    hooks: { streamWrite: maskPersonal },
  };
  const log = destination ? pino(options, destination) : pino(options);
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  };
}

const ignore = () => undefined;
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
