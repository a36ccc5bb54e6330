import type { Logger } from '@finaz-telephony/core';
import type { Concealed } from '../exchanges/concealer.ts';
import { createMasker } from '../exchanges/mask.ts';
import { maskValue } from '../exchanges/mask-value.ts';
import { fieldsAsJson, withoutWords } from '../logged-error.ts';

/** An adapter's log lines pass the same mask as its exchanges, and logging never ends its work. */
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

/** As in JSON. An error is logged by kind and place: its message may contain personal data. */
function plainFields(fields: Readonly<Record<string, unknown>>): unknown {
  try {
    return JSON.parse(fieldsAsJson(fields, withoutWords));
  } catch {
    // Circular references, for instance.
    return '[cannot be written as JSON]';
  }
}
