import {
  TelephonyError,
  type Click2Call,
  type Click2CallInput,
  type Click2CallResult,
} from '@finaz-telephony/core';
import * as v from 'valibot';
import { askAri, findEndpoint, shapeOf, type AriWork } from '../ari.ts';
import { onlyLooking } from '../not-sent.ts';
import { safeExtension, safeNumber } from '../safe-text.ts';
import type { AsteriskSettings } from '../settings.ts';

/** The channel id that we give a call, so that it can be found even if the answer of Asterisk is lost. */
export const channelIdOf = (attemptId: string) => `c2c-${attemptId.replace(/[^A-Za-z0-9-]/g, '')}`;

const ChannelSchema = v.object({ id: v.string() });

/**
 * Rings the operator; on answer the operator's channel dials the customer. Asterisk refuses a second request with the same id (409) while the call
 * lives: that means the first one placed it.
 */
export function click2call(settings: AsteriskSettings): Click2Call {
  const inTurn = createTurns();
  return async (input, context) => {
    const ramal = safeExtension(input.extension, 'click2call');
    const number = safeNumber(`${input.phone.areaCode}${input.phone.number}`, 'click2call');
    const work: AriWork = { settings, context, feature: 'click2call' };
    return inTurn(ramal, async () => {
      await onlyLooking(() => checkPhone(work, ramal));
      return ring(work, ramal, number, input);
    });
  };
}

/** Places one call at a time per extension, so that the second of two simultaneous clicks finds the operator in the call of the first. */
function createTurns() {
  const last = new Map<string, Promise<unknown>>();
  return async <Result>(extension: string, run: () => Promise<Result>): Promise<Result> => {
    const mine = (last.get(extension) ?? Promise.resolve()).then(run, run);
    last.set(extension, mine);
    try {
      return await mine;
    } finally {
      if (last.get(extension) === mine) last.delete(extension);
    }
  };
}

async function ring(
  work: AriWork,
  ramal: string,
  number: string,
  { queue, attemptId }: Click2CallInput,
): Promise<Click2CallResult> {
  const { settings, context } = work;
  const channelId = channelIdOf(attemptId);
  const answer = await askAri(work, 'POST', '/channels', {
    endpoint: (settings.operatorChannel ?? `${settings.technology}/%`).replace('%', ramal),
    context: settings.contexts.click2call,
    extension: number,
    priority: 1,
    timeout: settings.ringSeconds,
    channelId,
    callerId: settings.callerId ?? number,
    variables: {
      TIPO: 'c2c',
      FILA: queue.replace(/[^A-Za-z0-9-]/g, ''),
      NUM: number,
      INICIO: String(Math.floor(context.now().getTime() / 1000)),
      // The handler writes a result for a call that nobody answers, too.
      'CHANNEL(hangup_handler_push)': `${settings.contexts.callEnd},s,1`,
    },
  });
  if (answer.status === 200) shapeOf(ChannelSchema, answer, 'click2call');
  if (answer.status === 200 || answer.status === 409) return { callId: channelId };
  throw new TelephonyError({
    code: 'refused',
    feature: 'click2call',
    message: 'Asterisk could not ring the phone of the operator.',
    hint: 'Look whether it is registered: pjsip show endpoint, on the console of Asterisk.',
    vendor: { status: answer.status, message: answer.message },
  });
}

/** Asterisk would refuse all of these with the same answer, so the reason is found beforehand. */
async function checkPhone(work: AriWork, extension: string): Promise<void> {
  const endpoint = await findEndpoint(work, extension);
  const refuse = (message: string, hint: string, words: string) =>
    new TelephonyError({
      code: 'refused',
      feature: 'click2call',
      message,
      hint,
      vendor: { message: words },
    });
  if (!endpoint) {
    throw refuse(
      `Asterisk has no phone for this extension (${work.settings.technology}).`,
      'Check the extension of the operator, and technology in the settings of the connection.',
      'Endpoint not found',
    );
  }
  if (endpoint.state === 'offline') {
    throw refuse(
      "The operator's phone is not registered at Asterisk.",
      'Start the softphone, or look at its registration.',
      'offline',
    );
  }
  if (endpoint.channel_ids.length > 0) {
    throw refuse('The operator is in a call already.', 'End it first.', 'in use');
  }
}
