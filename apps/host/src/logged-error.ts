import { TelephonyError } from '@finaz-telephony/core';
import { platformCode } from './platform-code.ts';

/** What the log has of an error: never the fields that a library hangs on it, which hold rows and requests. */
export interface LoggedError {
  readonly type: string;
  readonly message?: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

const mostCauses = 4;
const word = /^[A-Za-z][\w.-]{0,63}$/;
/** A database whose messages are Spanish, German or the like has other signs than ours. */
const quoted = /"[^"]*"?|'[^']*'|[«»“„][^«»“”]*[«»“”]?/g;
const frame = /^\s+at .*$/gm;

/** For the log: what a stranger's code has thrown, an adapter's for instance, may name a person or a secret in its words. Its kind, its code and its place do not. */
export function withoutWords(thrown: unknown): LoggedError {
  if (!(thrown instanceof Error)) return { type: typeof thrown };
  const stack = framesOf(thrown);
  const code = platformCode(thrown);
  return {
    type: word.test(thrown.name) ? thrown.name : 'Error',
    ...(word.test(code) && { code }),
    ...(stack !== '' && { stack }),
  };
}

/** For the log: messages of platforms and databases quote the very text they could not read, so quoted text is removed. */
export function loggedError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const isOurs = TelephonyError.isInstance(error);
  const { cause } = error;
  return {
    ...withoutWords(error),
    message: isOurs ? error.message : error.message.replace(quoted, '"…"'),
    // Ours is masked; the one that it was made of is not.
    ...(cause instanceof Error &&
      depth < mostCauses && {
        cause: isOurs ? withoutWords(cause) : loggedError(cause, depth + 1),
      }),
  };
}

/** The fields of a log line as JSON, with what JSON does not know, and an error as it is to be told. */
export const fieldsAsJson = (
  fields: Readonly<Record<string, unknown>>,
  told: (error: Error) => unknown,
): string =>
  JSON.stringify(fields, (_, value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    return value instanceof Error ? told(value) : value;
  });

/** Behind the words, which may have lines of their own that look like frames. */
function framesOf({ stack = '', message }: Error): string {
  const words = stack.indexOf(message);
  return words < 0 ? '' : (stack.slice(words + message.length).match(frame) ?? []).join('\n');
}
