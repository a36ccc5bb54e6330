import type { Logger } from '@finaz-telephony/core';
import type { Concealed } from '../exchanges/concealer.ts';
import { createMasker } from '../exchanges/mask.ts';
import { maskValue } from '../exchanges/mask-value.ts';
import { fieldsAsJson, withoutWords } from '../logged-error.ts';

/** An adapter's log lines pass the same mask as its exchanges, and none of them ends its work. */
export function maskedLogger(
  logger: Logger,
  conceal: Concealed,
  bindings: Readonly<Record<string, unknown>>,
): Logger {
  const at =
    (level: keyof Logger) => (fields: Readonly<Record<string, unknown>>, message: string) => {
      const masker = createMasker(conceal);
      const masked = maskValue(masker, plainFields(fields));
      logger[level]({ ...bindings, adapter: masked }, masker.text(message));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** As JSON has them. An error is told by its kind and place: its words may be about anybody. */
function plainFields(fields: Readonly<Record<string, unknown>>): unknown {
  try {
    return JSON.parse(fieldsAsJson(fields, withoutWords));
  } catch {
    // What refers to itself, for instance.
    return '[cannot be written as JSON]';
  }
}
