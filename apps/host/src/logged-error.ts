import { TelephonyError } from '@finaz-telephony/core';
import { platformCode } from './platform-code.ts';

/** What the log shows of an error: never the further fields that libraries add, which contain rows and requests. */
export interface LoggedError {
  readonly type: string;
  readonly message?: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

const mostCauses = 4;
const word = /^[A-Za-z][\w.-]{0,63}$/;
/** Quoted text, also in the quotation marks of databases with messages in other languages. */
const quoted = /"[^"]*"?|'[^']*'|[«»“„][^«»“”]*[«»“”]?/g;
const frame = /^\s+at .*$/gm;

/** For the log: kind, code and place of an error of foreign code, such as an adapter's. Its message may contain a person's data or a secret. */
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

/** For the log: an error without quoted text, because platforms and databases quote the text that they could not read. */
export function loggedError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const isOurs = TelephonyError.isInstance(error);
  const { cause } = error;
  return {
    ...withoutWords(error),
    message: isOurs ? error.message : error.message.replace(quoted, '"…"'),
    // The message of a `TelephonyError` is masked, but not that of its cause.
    ...(cause instanceof Error &&
      depth < mostCauses && {
        cause: isOurs ? withoutWords(cause) : loggedError(cause, depth + 1),
      }),
  };
}

/** The fields of a log line as JSON, including bigint. @param told what to show of an error */
export const fieldsAsJson = (
  fields: Readonly<Record<string, unknown>>,
  told: (error: Error) => unknown,
): string =>
  JSON.stringify(fields, (_, value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    return value instanceof Error ? told(value) : value;
  });

/** The frames of a stack. Only the part after the message is searched, because the message may have lines that look like frames. */
function framesOf({ stack = '', message }: Error): string {
  const words = stack.indexOf(message);
  return words < 0 ? '' : (stack.slice(words + message.length).match(frame) ?? []).join('\n');
}
