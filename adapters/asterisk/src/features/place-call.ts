import { TelephonyError, type Click2Call } from '@finaz-telephony/core';
import { createAri } from '../doctor/server.ts';
import type { ServerAccess } from '../setup/server-access.ts';
import { ariError } from './ari-error.ts';

/** Rings the operator; on answer the dialplan calls the number. The channel id is ours, so the call is known before it is answered. */
export function placeCall(access: ServerAccess): Click2Call {
  return async ({ queue, extension, phone, attemptId }, context) => {
    const number = `${phone.areaCode}${phone.number}`;
    const answer = await createAri(access, context)('POST', '/channels', {
      endpoint: `${access.technology}/${plain('extension', extension)}`,
      context: 'finaz-click2call',
      extension: number,
      priority: 1,
      timeout: 30,
      channelId: attemptId,
      variables: {
        TIPO: 'c2c',
        FILA: plain('queue', queue),
        NUM: number,
        INICIO: String(Math.floor(context.now().getTime() / 1000)),
        'CHANNEL(hangup_handler_push)': 'finaz-fim,s,1',
      },
    });
    if (answer.status !== 200)
      throw ariError(answer, {
        409: ['refused', 'A call with this id is under way already: it was not placed again.'],
        500: ['refused', 'The phone of this extension is not there or not registered.'],
      });
    return { callId: attemptId };
  };
}

/** `&`, `/`, `@` and the like name further destinations to Asterisk. */
export function plain(name: string, value: string): string {
  if (/^[A-Za-z0-9_.-]{1,64}$/.test(value)) return value;
  throw new TelephonyError({
    code: 'invalid_input',
    message: `The ${name} holds a character that Asterisk gives a meaning.`,
    hint: 'Letters, digits, ".", "_" and "-" are allowed.',
  });
}
