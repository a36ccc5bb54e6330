import * as v from 'valibot';
import { parseJson } from '../../parse-json.ts';
import { jsonReply } from '../replies.ts';
import type { Route } from '../simulator.ts';
import type { ThreeCxAssumptions } from './assumptions.ts';
import { collection, odataFailure } from './odata.ts';
import type { Row } from './odata-filter.ts';
import { participantOf } from './participant.ts';
import { isAnswered, numberElsewhere, type ThreeCxCall } from './segment.ts';
import type { ThreeCxState } from './state.ts';
import { utc } from './written.ts';

const MakeCallSchema = v.object({
  dn: v.nullish(v.string(), ''),
  destination: v.pipe(v.string(), v.nonEmpty()),
});

/** `ActiveCalls` and `Users/Pbx.MakeCall`: what goes on now, as the XAPI has it. */
export function activeCallRoutes(
  state: ThreeCxState,
  assumptions: ThreeCxAssumptions,
): readonly Route[] {
  const idOf = (call: ThreeCxCall) => numberElsewhere(call, assumptions.activeCallsHaveCallId);
  return [
    {
      name: 'look',
      method: 'GET',
      pattern: /^\/xapi\/v1\/ActiveCalls$/,
      handle: (request) =>
        collection(
          state.liveCalls().map((call) => rowOf(state, call, idOf(call))),
          request,
        ),
    },
    {
      name: 'action',
      method: 'POST',
      pattern: /^\/xapi\/v1\/ActiveCalls\((\d+)\)\/Pbx\.DropCall$/,
      handle({ parts: [id] }) {
        const call = state.liveCalls().find((each) => String(idOf(each)) === id);
        if (!call) return odataFailure(404, 'WARNINGS.XAPI.NOT_FOUND', 'Id');
        state.hangUp(call);
        return jsonReply(200, {});
      },
    },
    {
      name: 'click2call',
      method: 'POST',
      pattern: /^\/xapi\/v1\/Users\/Pbx\.MakeCall$/,
      handle({ text }) {
        if (!assumptions.xapiPlacesCalls) return { status: 403 };
        const wanted = v.safeParse(MakeCallSchema, parseJson(text));
        if (!wanted.success) return odataFailure(400, 'The input was not valid.');
        const { dn, destination } = wanted.output;
        const device = state.operators.get(dn ?? '')?.devices[0];
        if (!device) return odataFailure(400, 'WARNINGS.XAPI.NOT_FOUND', 'dn');
        return jsonReply(200, placed(state, dn ?? '', device.id, destination));
      },
    },
  ];
}

function rowOf(state: ThreeCxState, call: ThreeCxCall, id: number): Row {
  const now = state.now();
  const [first] = call.segments;
  const extension = first?.dn ?? '';
  const operator = `${extension} ${state.operators.get(extension)?.name ?? ''}`.trim();
  const talking = call.segments.find((segment) => isAnswered(segment, now));
  const since = talking?.answeredAt ?? first?.startedAt ?? now;
  return {
    Id: id,
    Caller: call.direction === 'Outbound' ? operator : call.number,
    Callee: call.direction === 'Outbound' ? call.number : operator,
    Status: talking ? 'Talking' : 'Routing',
    EstablishedAt: talking && utc(since),
    LastChangeStatus: utc(since),
    ServerNow: utc(now),
  };
}

function placed(state: ThreeCxState, dn: string, deviceId: string, destination: string) {
  const call = state.place(dn, deviceId, destination);
  const [leg] = state.legsOf(dn).filter((each) => each.call === call);
  const told = leg && participantOf(leg, state);
  return {
    FinalStatus: 'Success',
    Reason: 'None',
    ReasonText: '',
    ...(told && {
      Result: {
        Id: told.id,
        Status: told.status,
        DN: told.dn,
        PartyCallerName: told.party_caller_name,
        PartyDn: told.party_dn,
        PartyCallerId: told.party_caller_id,
        PartyDnType: told.party_dn_type,
        DeviceId: told.device_id,
        DirectControl: told.direct_control,
        CallId: told.callid,
        LegId: told.legid,
      },
    }),
  };
}
