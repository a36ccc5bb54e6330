import * as v from 'valibot';
import { parseJson } from '../../parse-json.ts';
import { jsonReply } from '../replies.ts';
import type { Reply, Route, SimulatorRequest } from '../simulator.ts';
import type { ThreeCxAssumptions } from './assumptions.ts';
import { devicesOf, participantOf } from './participant.ts';
import type { Leg, ThreeCxState } from './state.ts';

const WantedSchema = v.looseObject({
  destination: v.optional(v.string(), ''),
  timeout: v.optional(v.number(), 0),
});

export interface CallControlOptions {
  readonly routePoint: string;
  /** DNs that the app may see in addition to its own. */
  readonly monitored: readonly string[];
  readonly assumptions: ThreeCxAssumptions;
}

/** `/callcontrol`: current calls, and commands to them. */
export function callControlRoutes(
  state: ThreeCxState,
  options: CallControlOptions,
): readonly Route[] {
  const { routePoint, assumptions } = options;
  const typeOf = (dn: string) => {
    if (state.operators.has(dn)) return 'Wextension';
    if (state.queues.some(({ number }) => number === dn)) return 'Wqueue';
    return dn === routePoint ? 'Wroutepoint' : undefined;
  };
  const monitored = [...options.monitored, routePoint].filter((dn) => typeOf(dn) !== undefined);
  const stateOf = (dn: string) => ({
    dn,
    type: typeOf(dn),
    devices: devicesOf(state.operators.get(dn)),
    participants: participantsOf(state, dn),
  });
  /** The DN in the address: 404 if there is none, 403 if the app may not see it. */
  const atDn =
    (handle: (dn: string, request: SimulatorRequest) => Reply) =>
    (request: SimulatorRequest): Reply => {
      const [dn = ''] = request.parts;
      if (typeOf(dn) === undefined) return { status: 404 };
      return monitored.includes(dn) ? handle(dn, request) : { status: 403 };
    };
  return [
    {
      name: 'look',
      method: 'GET',
      pattern: /^\/callcontrol$/,
      handle: () => jsonReply(200, monitored.map(stateOf)),
    },
    {
      name: 'look',
      method: 'GET',
      pattern: /^\/callcontrol\/([^/]+)$/,
      handle: atDn((dn) => jsonReply(200, stateOf(dn))),
    },
    {
      name: 'look',
      method: 'GET',
      pattern: /^\/callcontrol\/([^/]+)\/(devices|participants)$/,
      handle: atDn((dn, { parts }) =>
        jsonReply(200, parts[1] === 'devices' ? stateOf(dn).devices : stateOf(dn).participants),
      ),
    },
    {
      name: 'look',
      method: 'GET',
      pattern: /^\/callcontrol\/([^/]+)\/devices\/([^/]+)$/,
      handle: atDn((dn, { parts }) =>
        found(stateOf(dn).devices.find(({ device_id }) => device_id === parts[1])),
      ),
    },
    {
      name: 'look',
      method: 'GET',
      pattern: /^\/callcontrol\/([^/]+)\/participants\/(\d+)$/,
      handle: atDn((dn, { parts }) =>
        found(stateOf(dn).participants.find(({ id }) => String(id) === parts[1])),
      ),
    },
    {
      name: 'click2call',
      method: 'POST',
      pattern: /^\/callcontrol\/([^/]+)(?:\/devices\/([^/]+))?\/makecall$/,
      handle: atDn((dn, request) => makeCall(state, assumptions, dn, request)),
    },
    {
      name: 'transfer',
      method: 'POST',
      pattern: /^\/callcontrol\/([^/]+)\/participants\/(\d+)\/(transferto)$/,
      handle: atDn((dn, request) => act(state, assumptions, dn, request)),
    },
    {
      name: 'action',
      method: 'POST',
      pattern: /^\/callcontrol\/([^/]+)\/participants\/(\d+)\/(\w+)$/,
      handle: atDn((dn, request) => act(state, assumptions, dn, request)),
    },
  ];
}

function participantsOf(state: ThreeCxState, dn: string) {
  return state.legsOf(dn).map((leg) => participantOf(leg, state));
}

function found(entity: unknown): Reply {
  return entity === undefined ? { status: 404 } : jsonReply(200, entity);
}

/** A call from one device, or from the DN: if that has several devices, all of them ring, and the reply names no participant. */
function makeCall(
  state: ThreeCxState,
  assumptions: ThreeCxAssumptions,
  dn: string,
  { text, parts: [, device = ''] }: SimulatorRequest,
): Reply {
  const wanted = v.safeParse(WantedSchema, parseJson(text));
  if (!wanted.success) return { status: 400 };
  const { destination, timeout } = wanted.output;
  const operator = state.operators.get(dn);
  const devices = operator?.devices ?? [];
  if (device !== '' && !devices.some(({ id }) => id === device)) return { status: 404 };
  if (destination === '') return failed(422, 'BadRequest', 'destination is required', assumptions);
  const { refusal } = state;
  state.refusal = undefined;
  if (refusal) return failed(refusal.status, refusal.reason, refusal.words, assumptions);
  if (operator && devices.length === 0)
    return failed(424, 'PhoneNotRegistered', `${dn} has no registered device`, assumptions);
  if (operator && !assumptions.callWaiting && state.isBusy(dn))
    return failed(422, 'PhoneBusy', `${dn} is busy`, assumptions);
  const call = state.place(dn, device || (devices[0]?.id ?? ''), destination, timeout);
  const [leg] = state.legsOf(dn).filter((each) => each.call === call);
  const isTold = device === '' ? devices.length < 2 : assumptions.deviceCallTellsParticipant;
  return accepted(isTold && leg ? participantOf(leg, state) : null, assumptions);
}

function act(
  state: ThreeCxState,
  assumptions: ThreeCxAssumptions,
  dn: string,
  { text, parts: [, participant, action = ''] }: SimulatorRequest,
): Reply {
  const leg = state.legsOf(dn).find(({ segment }) => String(segment.participantId) === participant);
  if (!leg) return { status: 404 };
  const wanted = v.safeParse(WantedSchema, text === '' ? {} : parseJson(text));
  if (!wanted.success) return { status: 400 };
  const complaint = perform(state, leg, action, wanted.output.destination);
  if (complaint !== undefined) return failed(422, 'Failed', complaint, assumptions);
  return accepted(participantOf(leg, state), assumptions);
}

/** @returns why it cannot be done */
function perform(
  state: ThreeCxState,
  leg: Leg,
  action: string,
  destination: string,
): string | undefined {
  const isRinging = leg.segment.isIncoming && leg.status === 'Ringing';
  switch (action) {
    case 'drop':
      state.hangUp(leg.call, leg.segment.dn);
      return undefined;
    case 'transferto':
      if (leg.status !== 'Connected') return 'Participant is not connected';
      if (destination === '') return 'destination is required';
      if (state.isBeingTransferred(leg)) return 'Participant is being transferred';
      state.transfer(leg, destination);
      return undefined;
    case 'divert':
      if (!isRinging) return 'Participant is not ringing';
      if (destination === '') return 'destination is required';
      state.divert(leg, destination);
      return undefined;
    case 'answer':
      if (!isRinging || !participantOf(leg, state).direct_control)
        return 'Participant cannot be answered';
      state.answer(leg);
      return undefined;
    case 'attach_participant_data':
    case 'attach_party_data':
      return undefined;
    default:
      return `The simulator does not know ${action}`;
  }
}

function accepted(
  result: ReturnType<typeof participantOf> | null,
  { acceptedStatus, finalStatus }: ThreeCxAssumptions,
): Reply {
  return jsonReply(acceptedStatus, {
    finalstatus: finalStatus === 'word' ? 'Success' : 1,
    reason: 'None',
    reasontext: '',
    result,
  });
}

/** The vendor does not document the body of an error; its own example reads `reasontext`. */
function failed(
  status: number,
  reason: string,
  reasontext: string,
  { finalStatus }: ThreeCxAssumptions,
): Reply {
  return jsonReply(status, {
    finalstatus: finalStatus === 'word' ? 'Failed' : -1,
    reason,
    reasontext,
    result: null,
  });
}
