import { trunk, type ThreeCxOperator } from './exchange.ts';
import type { Leg, ThreeCxState } from './state.ts';

/** A leg as call control shows it. Data attached to a call is not among its fields. */
export function participantOf({ call, segment, status }: Leg, state: ThreeCxState) {
  const device = state.operators.get(segment.dn)?.devices.find(({ id }) => id === segment.deviceId);
  return {
    id: segment.participantId,
    status,
    dn: segment.dn,
    party_caller_name: '',
    party_dn: trunk.number,
    party_caller_id: segment.party,
    party_did: '',
    device_id: segment.deviceId,
    party_dn_type: 'Wexternalline',
    direct_control: device?.directControl ?? false,
    originated_by_dn: '',
    originated_by_type: 'None',
    referred_by_dn: segment.referredBy,
    referred_by_type: segment.referredBy === '' ? 'None' : 'Wextension',
    on_behalf_of_dn: '',
    on_behalf_of_type: 'None',
    callid: call.id,
    legid: segment.legId,
  };
}

export const devicesOf = (operator: ThreeCxOperator | undefined) =>
  (operator?.devices ?? []).map(({ id, userAgent }) => ({
    dn: operator?.extension ?? '',
    device_id: id,
    user_agent: userAgent,
  }));
