import { maskPersonal } from '@finaz-telephony/core';
import type { KeptReply } from '../calls/kept-reply.ts';

const privateNames =
  'password|senha|pass|secret|segredo|token|access_?token|refresh_?token|api_?key|chave|auth|session|nome|name|full_?name|first_?name|last_?name|nome_?cliente|cliente|client_?name|customer_?name|email|e_?mail|endereco|address';
const jsonField = new RegExp(`("(?:${privateNames})"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"`, 'gi');
const xmlField = new RegExp(`(<(?:${privateNames})>)[^<]*`, 'gi');
const pairField = new RegExp(`(^|[&?;\\n])((?:${privateNames})\\s*=>?\\s*)[^&;\\n]+`, 'gi');
const digitRun = /\d[\d ().-]{6,18}\d/g;

/**
 * A kept answer without what concerns people and credentials, in the same form: it stays JSON, and a number keeps its length, so that what is read from it is
 * read in the same way.
 */
export function discreetReply(reply: KeptReply, secrets: readonly string[]): KeptReply {
  let { body } = reply;
  for (const secret of secrets) if (secret.length > 3) body = body.replaceAll(secret, 'SECRET');
  return {
    status: reply.status,
    headers: keptHeaders(reply.headers),
    body: body
      .replace(jsonField, '$1"***"')
      .replace(xmlField, '$1***')
      .replace(pairField, '$1$2***')
      .replace(digitRun, (run) => (maskPersonal(run) === run ? run : run.replace(/\d/g, '1'))),
  };
}

/** Only what says how the body is read. */
const keptHeaders = (headers: KeptReply['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) =>
      /^(?:content-type|location|retry-after)$/.test(name),
    ),
  );
