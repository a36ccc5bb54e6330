import { TelephonyError, type AdapterContext, type Transfer } from '@finaz-telephony/core';
import * as v from 'valibot';
import { createAri, openManager } from '../doctor/server.ts';
import type { ServerAccess } from '../setup/server-access.ts';
import { ariError } from './ari-error.ts';
import { plain } from './place-call.ts';

const EndpointSchema = v.object({ channel_ids: v.array(v.string()) });
const BridgesSchema = v.array(v.object({ channels: v.array(v.string()) }));

/** Sends the other party of the operator's call to an outside number; the operator's channel ends. */
export function transferCall(access: ServerAccess): Transfer {
  return async ({ extension, destination }, context) => {
    const number = destination.replace(/^\+55(?=\d{10,11}$)/, '').replaceAll(/[ ().-]/g, '');
    if (!/^\d{2,15}$/.test(number)) {
      throw new TelephonyError({
        code: 'invalid_input',
        message: 'Asterisk transfers to a telephone number in digits.',
        hint: 'Give the number with its area code.',
      });
    }
    const channel = await currentCall(access, extension, context);
    const knock = await openManager(access, context);
    if (!knock.session) {
      throw new TelephonyError({
        code: 'auth_failed',
        message: 'Asterisk does not accept user and password of AMI.',
        hint: 'Run "finaz-telephony asterisk doctor" for this connection.',
        vendor: { status: knock.status, message: knock.words },
      });
    }
    try {
      const [head] = await knock.session.ask({
        Action: 'BlindTransfer',
        Channel: channel,
        Context: 'finaz-transfere',
        Exten: number,
      });
      if (head?.get('Response') === 'Success') return { status: 'accepted' };
      const message = head?.get('Message') ?? '';
      throw new TelephonyError({
        code: message === 'Permission denied' ? 'auth_failed' : 'refused',
        message: 'Asterisk did not transfer the call.',
        hint: 'A call can be transferred once both parties talk; for "Permission denied" see the rights of the user in manager.conf.',
        vendor: { status: 200, message },
      });
    } finally {
      await knock.session.logoff();
    }
  };
}

/** The operator's call: of several, the one that talks. */
async function currentCall(access: ServerAccess, extension: string, context: AdapterContext) {
  const ari = createAri(access, context);
  const answer = await ari(
    'GET',
    `/endpoints/${access.technology}/${plain('extension', extension)}`,
  );
  const endpoint = v.safeParse(EndpointSchema, answer.json);
  if (!endpoint.success)
    throw ariError(answer, { 404: ['not_found', 'There is no phone of this extension.'] });
  const { channel_ids: channels } = endpoint.output;
  const [only] = channels;
  if (only === undefined) {
    throw new TelephonyError({
      code: 'refused',
      message: 'This extension has no call to transfer.',
      vendor: { status: answer.status },
    });
  }
  if (channels.length === 1) return only;
  const bridges = v.safeParse(BridgesSchema, (await ari('GET', '/bridges')).json);
  const talking = new Set(
    bridges.success ? bridges.output.flatMap((bridge) => bridge.channels) : [],
  );
  return channels.find((channel) => talking.has(channel)) ?? only;
}
