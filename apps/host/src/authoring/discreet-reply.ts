import { maskPersonal } from '@finaz-telephony/core/host';
import type { KeptReply } from '../trials/kept-reply.ts';
import { createHider } from '../exchanges/concealer.ts';
import { maskFields } from '../exchanges/mask-fields.ts';
import { maskTokens } from '../exchanges/mask-tokens.ts';

const digitRun = /\d[\d ().-]{6,18}\d/g;

/**
 * A kept reply without personal data and credentials, in the same form: JSON stays JSON and a number keeps its length, so that the connection reads the reply
 * as it read the original.
 */
export function discreetReply(
  reply: KeptReply,
  secrets: readonly string[],
  personal: readonly string[],
): KeptReply {
  const hide = createHider([secrets, personal]);
  const discreet = (text: string): string => {
    let hidden = text;
    for (const secret of secrets)
      if (secret.length > 3) hidden = hidden.replaceAll(secret, 'SECRET');
    return maskTokens(maskFields(hide(hidden))).replace(digitRun, withoutDigits);
  };
  return {
    status: reply.status,
    headers: keptHeaders(reply.headers, discreet),
    body: discreet(reply.body),
  };
}

const withoutDigits = (run: string) => (maskPersonal(run) === run ? run : run.replace(/\d/g, '1'));

/** The headers that influence how a reply is read; all others are dropped. */
const keptHeaders = (
  headers: KeptReply['headers'],
  discreet: (text: string) => string,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      /^(?:content-type|location|retry-after)$/.test(name) ? [[name, discreet(value)]] : [],
    ),
  );
