import type { ReadAnsweredCall } from '../../features/answered-call.ts';
import { compileCalls } from './answered-call-rows.ts';
import { compileCondition } from '../language/explain.ts';
import { readNotification } from './read-notification.ts';
import { compileReader } from '../replies/reply-reader.ts';
import { compileBody, type RenderedBody } from '../exchanges/request-body.ts';
import type { Scope } from '../language/scope.ts';
import type { TemplateSettings } from '../settings-schema.ts';
import { reportSigningForStrangers } from './signature-faults.ts';
import { compileSignature } from './signature-template.ts';
import type { TemplateConnection } from '../template-connection.ts';

export function compileAnsweredCall(
  settings: NonNullable<TemplateSettings['answeredCall']>,
  connection: TemplateConnection,
): ReadAnsweredCall {
  const place = connection.placeOf('answeredCall');
  const read = settings.read && compileReader(settings.read, place.at('read'));
  /** Whether a notification is of an answered call at all. */
  const holds =
    settings.when === undefined ? () => true : compileCondition(settings.when, place.at('when'));
  const calls = compileCalls(settings, place);
  const signature =
    settings.signature && compileSignature(settings.signature, place.at('signature'));
  const answering = place.at('answer').with({});
  const body = settings.answer && compileBody(settings.answer, 'utf-8', answering);
  if (settings.signature?.except !== undefined)
    reportSigningForStrangers(answering.reads, answering);
  const answer = (scope: Scope) => (body ? { response: answerOf(body(scope)) } : {});
  return async (request, context) => {
    const scope = await readNotification(request, read, connection, context);
    const { query, body: sent } = scope.values;
    scope.explain?.({ kind: 'notification', place: 'answeredCall', query, body: sent });
    if (signature?.isExcepted(scope)) return { events: [], ...answer(scope) };
    // Before anything is answered: an answer computed from the request could be a signature that a stranger needs.
    signature?.verify(scope, context);
    const reading = holds(scope) ? calls(scope) : { events: [] };
    if (reading.events.length === 0)
      context.logger.debug(
        {},
        'a notification reports no answered call: answeredCall.when does not hold, or answeredCall.skip holds for all of its rows',
      );
    return { ...reading, ...answer(scope) };
  };
}

/** The answer may contain what the sender has written: no browser may take it for a page. */
function answerOf({ content, contentType = 'text/plain; charset=utf-8' }: RenderedBody): Response {
  return new Response(content, {
    headers: {
      'Content-Type': contentType,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
  });
}
