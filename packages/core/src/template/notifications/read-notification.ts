import type { AdapterContext } from '../../context.ts';
import { TelephonyError } from '../../errors/telephony-error.ts';
import { parseLosslessJson } from '../replies/lossless-json.ts';
import type { ReadText } from '../replies/reply-reader.ts';
import type { Scope } from '../language/scope.ts';
import { scopeOf } from '../exchanges/request-scope.ts';
import type { TemplateConnection } from '../template-connection.ts';

/** What a telephone system has sent, as expressions see it. @param read as the document says; by default JSON or a form */
export async function readNotification(
  request: Request,
  read: ReadText | undefined,
  connection: TemplateConnection,
  context: AdapterContext,
): Promise<Scope> {
  const { pathname, search, searchParams } = new URL(request.url);
  const bytes = await request.arrayBuffer();
  // A signature covers all of it, including a byte order mark.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const scope = scopeOf(connection, context, {
    address: pathname + search,
    query: Object.fromEntries(searchParams),
    body: await readBody(request, bytes, text, read),
  });
  return { ...scope, notification: { text, headers: request.headers } };
}

async function readBody(
  { method, headers }: Request,
  bytes: ArrayBuffer,
  sent: string,
  read: ReadText | undefined,
): Promise<unknown> {
  if (method === 'GET' || method === 'HEAD') return {};
  const text = sent.replace(/^\uFEFF/, '');
  if (text.trim() === '') return {};
  if (read) return orRefuse(() => read(text)) ?? refuse('is not of the form that "read" says');
  if (/^multipart\/form-data/i.test(headers.get('content-type') ?? '')) {
    const form = new Response(bytes, { headers }).formData();
    return Object.fromEntries(await form.catch(() => refuse(neither)));
  }
  if (/^\s*[[{]/.test(text)) return orRefuse(() => parseLosslessJson(text));
  // XML read as a form would have no fields: a condition such as "when" would leave the notification out without a word.
  if (/^\s*</.test(text)) return refuse(neither);
  return Object.fromEntries(new URLSearchParams(text));
}

const neither = 'is neither JSON nor a form';

function orRefuse(parse: () => unknown): unknown {
  try {
    return parse();
  } catch {
    return refuse('is not valid JSON');
  }
}

function refuse(what: string): never {
  throw new TelephonyError({
    code: 'invalid_input',
    feature: 'answeredCall',
    message: `The body of the notification ${what}.`,
  });
}
