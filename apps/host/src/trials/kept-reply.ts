import { StartError } from '../environment.ts';

/** A saved reply of a telephone system. */
export interface KeptReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const statusLine = /^HTTP\/[\d.]+ (\d{3})[^\n]*\n/;

/**
 * Reads a saved reply: the body alone, or after status and headers, as `curl -i` prints them. If there are several replies, as after a redirect, the last
 * counts.
 *
 * @throws {StartError} for a status that no reply can have
 */
export function readKeptReply(text: string): KeptReply {
  let rest = text.replaceAll('\r\n', '\n');
  let head: KeptReply | undefined;
  for (;;) {
    const found = statusLine.exec(rest);
    if (!found) break;
    const end = rest.indexOf('\n\n', found[0].length - 1);
    const lines = rest.slice(found[0].length, end < 0 ? undefined : end).split('\n');
    head = { status: Number(found[1]), headers: headersOf(lines), body: '' };
    rest = end < 0 ? '' : rest.slice(end + 2);
  }
  if (head && (head.status < 100 || head.status > 599))
    throw new StartError(`the reply has the status ${head.status}; it must be one from 100 to 599`);
  return { ...(head ?? { status: 200, headers: {} }), body: head ? rest : text };
}

export function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.flatMap((line) => {
      const colon = line.indexOf(':');
      return colon > 0
        ? [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()] as const]
        : [];
    }),
  );
}

export function responseOf({ status, headers, body }: KeptReply): Response {
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  return new Response(hasBody ? body : null, { status, headers });
}
