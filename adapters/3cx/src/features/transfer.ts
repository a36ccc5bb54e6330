import {
  TelephonyError,
  type Transfer,
  type TransferInput,
  type TransferResult,
} from '@finaz-telephony/core';
import { readCallId, writeCallId } from '../call-id.ts';
import { command } from '../command.ts';
import { safeExtension, transferDestination } from '../numbers.ts';
import { participantsOf, type Participant } from '../participants.ts';
import { lookBefore, mayNotControl, type Meanings, type PbxWork } from '../pbx.ts';
import type { ThreeCxSettings } from '../settings.ts';

const meanings: Meanings = {
  403: mayNotControl,
  404: {
    code: 'refused',
    message: 'The call has just ended.',
    hint: 'There is nothing left to transfer.',
  },
  422: {
    code: 'refused',
    message: '3CX does not transfer this call.',
    hint: 'Look whether the call is still connected, and whether 3CX can reach the destination from this extension.',
  },
  424: {
    code: 'refused',
    message: '3CX could not reach the destination.',
    hint: 'The customer is back at the operator. Try another destination.',
  },
};

const standIn: Participant = {
  id: 'participant',
  callid: undefined,
  status: 'Connected',
  party_caller_id: '',
};

/** Transfers the operator's connected call. 3CX holds the customer in the meantime, and returns them if it does not succeed. */
export function transfer(settings: ThreeCxSettings): Transfer {
  return async (input, context) => {
    const work: PbxWork = { settings, context, feature: 'transfer' };
    const extension = safeExtension(input.extension, 'transfer');
    const destination = transferDestination(settings, input.queue, input.destination);
    const leg = await lookBefore(work, standIn, async () =>
      meantLeg(await participantsOf(work, extension), input),
    );
    const { vendorStatus } = await command(
      work,
      `/callcontrol/${encodeURIComponent(extension)}/participants/${encodeURIComponent(leg.id ?? '')}/transferto`,
      { destination },
      meanings,
    );
    return { status: 'accepted', vendorStatus, ...(await handedOver(settings, leg, input)) };
  };
}

/** The call that was transferred: the operator may have been in another call than the one that the host knows of. */
async function handedOver(
  settings: ThreeCxSettings,
  { callid, party_caller_id: number }: Participant,
  { callId, extension }: TransferInput,
): Promise<Pick<TransferResult, 'callId'>> {
  if (callid === undefined) return {};
  if (callId !== null && readCallId(callId)?.callid === callid) return { callId };
  return { callId: await writeCallId(settings, { startedAt: 0, callid, extension, number }) };
}

/** The call that was named, or the one that the host knows of, or the only one. Among several, none is guessed: it could be the customer on hold. */
function meantLeg(
  participants: readonly Participant[],
  { callId, isCallNamed = false }: TransferInput,
): Participant {
  const connected = participants.filter(
    ({ id, status }) => id !== undefined && status.toLowerCase() === 'connected',
  );
  const words = participants.map(({ status }) => status).join(', ');
  const refuse = (message: string, hint: string) =>
    new TelephonyError({
      code: 'refused',
      feature: 'transfer',
      message,
      hint,
      vendor: { message: words === '' ? 'no participants' : words },
    });
  const wanted = callId === null ? undefined : readCallId(callId)?.callid;
  const isWanted = ({ callid }: Participant) => wanted !== undefined && callid === wanted;
  const known = connected.find(isWanted);
  if (known) return known;
  if (connected.length === 0 || participants.some(isWanted)) {
    throw refuse(
      participants.length > 0
        ? "The operator's call is not connected yet."
        : 'The operator has no call that could be transferred.',
      'Transfer while the operator and the customer talk.',
    );
  }
  if (isCallNamed) {
    throw refuse(
      'The operator is not in the call that the request names.',
      'That call has ended, or belongs to another operator. Leave callId out to transfer the call that the operator has now.',
    );
  }
  const [only] = connected;
  if (only && connected.length === 1) return only;
  throw refuse(
    'The operator is in more than one call, and the request does not say which one to transfer.',
    'Name the call (callId), or end the other one first.',
  );
}
