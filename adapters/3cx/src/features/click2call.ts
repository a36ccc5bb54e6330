import { TelephonyError, type Click2Call } from '@finaz-telephony/core';
import * as v from 'valibot';
import { writeCallId } from '../call-id.ts';
import { command } from '../command.ts';
import { dialedNumber, isSameNumber, nationalDigits, safeExtension } from '../numbers.ts';
import { participantsOf } from '../participants.ts';
import {
  ask,
  lookBefore,
  mayNotControl,
  shapeOf,
  unknownExtension,
  type Meanings,
  type PbxWork,
} from '../pbx.ts';
import type { ThreeCxSettings } from '../settings.ts';

const meanings: Meanings = {
  403: mayNotControl,
  404: {
    code: 'refused',
    message: "The operator's phone is no longer registered at 3CX.",
    hint: 'Start the phone or the web client of the operator, and call again.',
  },
  422: {
    code: 'refused',
    message: '3CX does not place this call.',
    hint: "Look whether the operator's phone is free, and whether an outbound rule of 3CX takes this number from this extension.",
  },
  424: {
    code: 'refused',
    message: "3CX could not ring the operator's phone.",
    hint: 'Look whether the phone or the web client is on line, then call again.',
  },
};

/** Rings one phone of the operator; when it is picked up, 3CX dials the customer. */
export function click2call(settings: ThreeCxSettings): Click2Call {
  return async ({ extension: given, queue, phone }, context) => {
    const work: PbxWork = { settings, context, feature: 'click2call' };
    const extension = safeExtension(given, 'click2call');
    const { device, at } = await lookBefore(work, standIn, () => deviceOf(work, extension));
    const { participant } = await command(
      work,
      `/callcontrol/${encodeURIComponent(extension)}/devices/${encodeURIComponent(device)}/makecall`,
      { destination: dialedNumber(settings, queue, phone), timeout: settings.ringSeconds },
      meanings,
    );
    const callid = participant?.callid ?? (await callTo(work, extension, phone.e164));
    if (callid === undefined) return { callId: null };
    const startedAt = Math.floor(at.getTime() / 1000);
    const callId = await writeCallId(settings, {
      startedAt,
      callid,
      extension,
      number: phone.e164,
    });
    return { callId };
  };
}

interface Chosen {
  readonly device: string;
  /** A moment before the call, by the clock of the PBX: rows of earlier calls to this number began before it. */
  readonly at: Date;
}
const standIn: Chosen = { device: 'device', at: new Date(0) };

const DevicesSchema = v.array(
  v.object({
    device_id: v.pipe(v.string(), v.nonEmpty()),
    user_agent: v.nullish(v.string(), ''),
  }),
);

/** The phone to ring, looked up explicitly: for an extension with several, 3CX may place a call without saying on which. */
async function deviceOf(work: PbxWork, extension: string): Promise<Chosen> {
  const answer = await ask(work, 'GET', `/callcontrol/${encodeURIComponent(extension)}/devices`, {
    meanings: { 403: mayNotControl, 404: unknownExtension },
  });
  const devices = shapeOf(DevicesSchema, answer, 'click2call');
  const fitting = (part: string) =>
    devices.find(({ user_agent: name }) => name.toLowerCase().includes(part.toLowerCase()));
  const [first] = devices;
  const chosen = work.settings.devices.map(fitting).find(Boolean) ?? first;
  if (chosen) return { device: chosen.device_id, at: answer.at };
  throw new TelephonyError({
    code: 'refused',
    feature: 'click2call',
    message: 'The operator has no phone registered at 3CX.',
    hint: 'Start the phone or the web client of the operator.',
    vendor: { status: answer.status, message: 'no devices' },
  });
}

/** Looks once for a call whose id was not reported. The call was placed, so a failing lookup is not a failure of the call. */
async function callTo(
  work: PbxWork,
  extension: string,
  number: string,
): Promise<string | undefined> {
  try {
    const called = nationalDigits(number);
    const participants = await participantsOf(work, extension);
    return participants.find(({ party_caller_id: party }) => isSameNumber(party, called))?.callid;
  } catch (error) {
    if (!TelephonyError.isInstance(error)) throw error;
    return undefined;
  }
}
