import * as v from 'valibot';
import type { AdapterContext } from '../context.ts';
import { issueMessage } from '../errors/issue-message.ts';
import { TelephonyError } from '../errors/telephony-error.ts';
import type { ReadAnsweredCall } from '../features/answered-call.ts';
import { AnsweredCallSchema, type AnsweredCall } from '../values/answered-call.ts';
import { isNoValue } from '../values/no-value.ts';
import { parseLosslessJson } from './lossless-json.ts';
import { compileBody, type RenderedBody } from './request-body.ts';
import type { Scope } from './scope.ts';
import type { TemplateSettings } from './settings-schema.ts';
import { reportSigningForStrangers } from './signature-faults.ts';
import { compileSignature } from './signature-template.ts';
import { baseValues, scopeOf, type TemplateConnection } from './template-connection.ts';
import { isTrue } from './value.ts';

/** The manual's own names, where a document says nothing else. */
const manualFields = {
  contactId: '{{ query.pid }}',
  number: '{{ query.num }}',
  callId: '{{ query.cid }}',
  extension: '{{ query.ramal }}',
};

export function compileAnsweredCall(
  settings: NonNullable<TemplateSettings['answeredCall']>,
  connection: TemplateConnection,
): ReadAnsweredCall {
  const compiler = connection.compilerFor('answeredCall');
  const sources = settings.fields ?? manualFields;
  const fields = Object.entries(sources).map(
    ([name, source]) =>
      [name, compiler.text(source ?? '', ['answeredCall', 'fields', name])] as const,
  );
  const when =
    settings.when === undefined
      ? undefined
      : compiler.condition(settings.when, ['answeredCall', 'when']);
  const signature =
    settings.signature &&
    compileSignature(settings.signature, compiler, ['answeredCall', 'signature']);
  const answering = compiler.with({});
  const answerPath = ['answeredCall', 'answer'];
  const body = settings.answer && compileBody(settings.answer, 'utf-8', answering, answerPath);
  if (settings.signature?.except !== undefined)
    reportSigningForStrangers(answering.reads, compiler, answerPath);
  const answer = (scope: Scope) => (body ? { response: answerOf(body(scope)) } : {});
  return async (request, context) => {
    const scope = await scopeOfNotification(request, connection, context);
    if (signature?.isExcepted(scope)) return { events: [], ...answer(scope) };
    // Before anything is answered: an answer that is made of what is sent could be a signature that a stranger needs.
    signature?.verify(scope, context);
    if (when && !isTrue(when.evaluate(scope))) {
      context.logger.debug({}, 'a notification is of no answered call: answeredCall.when');
      return { events: [], ...answer(scope) };
    }
    return {
      ...answer(scope),
      events: [
        answeredCallOf(fields.map(([name, template]) => [name, template.render(scope).trim()])),
      ],
    };
  };
}

async function scopeOfNotification(
  request: Request,
  connection: TemplateConnection,
  context: AdapterContext,
): Promise<Scope> {
  const { pathname, search, searchParams } = new URL(request.url);
  const bytes = await request.arrayBuffer();
  // A signature is over all of it, a byte order mark too.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const values = {
    ...baseValues(connection, context, {}),
    address: pathname + search,
    query: Object.fromEntries(searchParams),
    body: await readBody(request, bytes, text),
  };
  return { ...scopeOf(values, context), notification: { text, headers: request.headers } };
}

/** What the sender has written may stand in it: no browser is to take it for a page. */
function answerOf({ content, contentType = 'text/plain; charset=utf-8' }: RenderedBody): Response {
  return new Response(content, {
    headers: {
      'Content-Type': contentType,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
  });
}

function answeredCallOf(values: readonly (readonly [string, string])[]): AnsweredCall {
  const call = Object.fromEntries(
    values.filter(([, value]) => value !== '' && !isPlaceholder(value)),
  );
  const number = call['number']?.replace(/(?!^\+)\D/g, '');
  const parsed = v.safeParse(AnsweredCallSchema, {
    ...call,
    ...(number !== undefined && { number }),
  });
  if (parsed.success) return parsed.output;
  throw new TelephonyError({
    code: 'invalid_input',
    feature: 'answeredCall',
    message: `The notification cannot be used: ${parsed.issues.map((issue) => `${v.getDotPath(issue) ?? ''}: ${issueMessage(issue)}`).join('; ')}.`,
    hint: 'Compare what the telephone system sends with answeredCall.fields of the connection; answeredCall.when leaves out what tells of no answered call.',
  });
}

/** What the telephone system was to put a value in place of, and had none: `--A--uniqueid--B--`, `<CID>`, `{cid}`, `${cid}`; or what it puts there then. */
const isPlaceholder = (value: string) =>
  isNoValue(value) || /^(?:--A--\w*--B--|<\w+>|\{{1,2}\s*\w+\s*\}{1,2}|\$\{\w+\})$/.test(value);

async function readBody(
  { method, headers }: Request,
  bytes: ArrayBuffer,
  sent: string,
): Promise<unknown> {
  if (method === 'GET' || method === 'HEAD') return {};
  if (/^multipart\/form-data/i.test(headers.get('content-type') ?? '')) {
    const form = new Response(bytes, { headers }).formData();
    return Object.fromEntries(await form.catch(() => refuse(neither)));
  }
  const text = sent.replace(/^\uFEFF/, '');
  if (text.trim() === '') return {};
  if (/^\s*[[{]/.test(text)) {
    try {
      return parseLosslessJson(text);
    } catch {
      return refuse('is not valid JSON');
    }
  }
  // Read as a form it would have no field, and be left out where a condition asks for one.
  if (/^\s*</.test(text)) return refuse(neither);
  return Object.fromEntries(new URLSearchParams(text));
}

const neither = 'is neither JSON nor a form';

function refuse(what: string): never {
  throw new TelephonyError({
    code: 'invalid_input',
    feature: 'answeredCall',
    message: `The body of the notification ${what}.`,
  });
}
