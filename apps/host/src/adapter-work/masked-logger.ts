import type { Logger } from '@finaz-telephony/core';
import type { Concealed } from '../exchanges/concealer.ts';
import { createMasker } from '../exchanges/mask.ts';
import { maskValue } from '../exchanges/mask-value.ts';
import { fieldsAsJson, withoutWords } from '../logged-error.ts';

/** A logger for an adapter: masks lines as exchanges are masked, and never throws. */
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

/** The fields as JSON writes them. Of an error, only kind and place are logged: its message may contain personal data. */
function plainFields(fields: Readonly<Record<string, unknown>>): unknown {
  try {
    return JSON.parse(fieldsAsJson(fields, withoutWords));
  } catch {
    // For example, because of circular references.
    return '[cannot be written as JSON]';
  }
}
