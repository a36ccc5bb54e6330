import { digitRun, maskPersonal, plainDigits } from '@finaz-telephony/core/host';
import type { KeptReply } from '../trials/kept-reply.ts';
import { createHider } from '../exchanges/concealer.ts';
import { maskFields } from '../exchanges/mask-fields.ts';
import { maskTokens } from '../exchanges/mask-tokens.ts';

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

/** Each digit from the first one to the last one that masking hides as 1, but not those of an escape such as `%20` or `\u00a0`. */
function withoutDigits(run: string): string {
  const masked = maskPersonal(run);
  if (masked === run) return run;
  let first = 0;
  while (run[first] === masked[first]) first += 1;
  // A mask ends in the last digits of the number.
  const after = masked.slice(masked.lastIndexOf('*') + 1).replace(/^\d+/, '');
  const end = run.length - after.length;
  const plain = plainDigits(run);
  return run.replace(/\d/g, (digit, at: number) =>
    at >= first && at < end && plain[at] === digit ? '1' : digit,
  );
}

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
