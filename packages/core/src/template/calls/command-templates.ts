import { withUnknownDelivery } from '../../errors/unknown-delivery.ts';
import type { Click2Call } from '../../features/click2call.ts';
import type { Transfer } from '../../features/transfer.ts';
import { unreadable } from '../exchanges/outcome-rules.ts';
import type { TemplateSettings } from '../settings-schema.ts';
import { compileSteps } from '../exchanges/steps-template.ts';
import { scopeOf } from '../exchanges/request-scope.ts';
import type { TemplateConnection } from '../template-connection.ts';

/** The status of an accepted request whose answer is empty by definition, so that no call id can be missing from it. */
const noContent = 204;

export function compileClick2Call(
  settings: NonNullable<TemplateSettings['click2call']>,
  connection: TemplateConnection,
): Click2Call {
  const place = connection.placeOf('click2call');
  const steps = compileSteps(settings, connection, place);
  const tellsCallId = 'callId' in settings.capture;
  return async ({ parameters, queue, extension, phone, attemptId }, context) => {
    const replied = await steps.run(
      scopeOf(connection, context, {
        parameters,
        queue,
        extension,
        areaCode: phone.areaCode,
        number: phone.number,
        phone: phone.e164,
        attemptId,
      }),
      context,
    );
    const { callId, ...captures } = replied.captures;
    const { status } = replied.scope.reply;
    if (tellsCallId && callId === undefined && replied.isComplete && status !== noContent) {
      // The answer was a success, so a call may be ringing, although the answer does not identify it.
      throw withUnknownDelivery(
        unreadable(
          replied.scope.reply,
          'click2call',
          'The telephone system accepted, but its answer holds no call id where the connection looks for it.',
        ),
      );
    }
    return { callId: callId ?? null, captures };
  };
}

export function compileTransfer(
  settings: NonNullable<TemplateSettings['transfer']>,
  connection: TemplateConnection,
): Transfer {
  const place = connection.placeOf('transfer');
  const steps = compileSteps(settings, connection, place);
  return async (input, context) => {
    const { parameters, queue, extension, destination, callId, call, attemptId } = input;
    const values = { parameters, queue, extension, destination, callId, call, attemptId };
    await steps.run(scopeOf(connection, context, values), context);
    return { status: 'accepted' };
  };
}
