import { fateOf } from '../../vendor-server/telephony.ts';
import { htmlReply } from '../replies.ts';
import type { Reply, SimulatorRequest } from '../simulator.ts';
import type { VicidialAgent, VicidialState } from './state.ts';

type AgentFunction = (
  agent: VicidialAgent,
  parameters: URLSearchParams,
  state: VicidialState,
) => string;

const functions: Readonly<Record<string, AgentFunction>> = {
  external_pause(agent, parameters) {
    const value = parameters.get('value') ?? '';
    if (value !== 'PAUSE' && value !== 'RESUME')
      return `ERROR: external_pause not valid - ${value}|${agent.user}`;
    if (value === 'RESUME') agent.paused = false;
    // The agent's screen asks for commands once a second: until it has seen this one, the agent is not paused.
    agent.pollsUntilPaused = value === 'PAUSE' && !agent.paused ? 2 : 0;
    return `SUCCESS: external_pause function set - ${value}|1232020456|${agent.user}`;
  },

  external_dial(agent, parameters, state) {
    const number = parameters.get('value') ?? '';
    if (!/^\d{6,16}$/.test(number))
      return `ERROR: phone number is not valid - ${number}|${agent.user}`;
    if (!agent.paused) return `ERROR: agent_user is not paused - ${agent.user}`;
    if (agent.pending)
      return `ERROR: external_dial phone_number is already in this agents manual dial queue - ${agent.user}|${number}`;
    agent.pending = { number, pollsLeft: state.pollsUntilPlaced };
    const value = (field: string) => parameters.get(field) ?? '';
    const ingroup = value('dial_ingroup');
    const notice = ingroup === '' ? '' : `NOTICE: defined dial_ingroup not found - ${ingroup}\n`;
    // The eighth value is a time, not the id of a call: nothing has been dialed yet.
    const echoed = [
      number,
      agent.user,
      value('phone_code') || '1',
      value('search'),
      value('preview'),
    ];
    const rest = [
      value('focus'),
      value('vendor_id'),
      '1232020456',
      value('dial_prefix'),
      '',
      '',
      '',
    ];
    return `${notice}SUCCESS: external_dial function set - ${[...echoed, ...rest].join('|')}`;
  },

  external_hangup(agent, _, state) {
    const call = state.telephony.liveCallOf(agent.user);
    if (call) call.hungUp = true;
    return `SUCCESS: external_hangup function set - 1|${agent.user}`;
  },

  transfer_conference(agent, parameters, state) {
    const value = parameters.get('value') ?? '';
    const call = state.telephony.liveCallOf(agent.user);
    if (!call)
      return `ERROR: transfer_conference agent_user does not have a live call - ${agent.user}`;
    const ingroup = parameters.get('ingroup_choices') ?? '';
    const number = parameters.get('phone_number') ?? '';
    if (value === 'LOCAL_CLOSER') {
      if (ingroup !== 'AGENTDIRECT' && !/^[A-Z_]{2,20}$/.test(ingroup))
        return `ERROR: ingroup is not valid - ${ingroup}`;
      // The server does not check whether that agent exists, or any agent does: the call then waits for one.
    } else if (
      value !== 'BLIND_TRANSFER' ||
      !/^\d+$/.test(number) ||
      fateOf(number) === 'invalid'
    ) {
      return `ERROR: transfer_conference value is not valid - ${value}|${agent.user}`;
    }
    call.transferredTo = ingroup === '' ? number : ingroup;
    return `SUCCESS: transfer_conference function set - ${value}|${ingroup}|${number}|${parameters.get('consultative') ?? ''}|${agent.user}|${call.id}|`;
  },
};

/** `/agc/api.php`: commands to the screen of an agent. */
export function answerAgentApi(request: SimulatorRequest, state: VicidialState): Reply {
  const { parameters } = request;
  const name = parameters.get('function') ?? '';
  const run = functions[name];
  if (!run) return htmlReply('ERROR: NO FUNCTION SPECIFIED\n');
  const agent = agentOf(parameters, state);
  if (!agent)
    return htmlReply(
      `ERROR: no user found - ${parameters.get('alt_user') ?? parameters.get('agent_user') ?? ''}\n`,
    );
  if (!agent.loggedIn) return htmlReply(`ERROR: agent_user is not logged in - ${agent.user}\n`);
  return htmlReply(`${run(agent, parameters, state)}\n`);
}

/** `alt_user` replaces `agent_user`, and is looked up in the field `custom_three`. */
function agentOf(parameters: URLSearchParams, state: VicidialState): VicidialAgent | undefined {
  const alternative = parameters.get('alt_user') ?? '';
  if (alternative !== '')
    return [...state.agents.values()].find(({ extension }) => extension === alternative);
  return state.agents.get(parameters.get('agent_user') ?? '');
}
