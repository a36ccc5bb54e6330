import { localTime } from '../local-time.ts';
import type { FunctionCall, NonAgentFunction } from './function-call.ts';
import type { VicidialAgent, VicidialState } from './state.ts';

/** Functions that print rows and no success line. */
export const readFunctions: Readonly<Record<string, NonAgentFunction>> = {
  version: () => [
    'VERSION: 2.14-916a|BUILD: 250718-0830|DATE: 2025-07-18 12:19:22|EPOCH: 1752851962|DST: 0|TZ: -3|TZNOW: -3|',
  ],

  campaigns_list: (call) =>
    table(
      call,
      'campaign_id,campaign_name,active,user_group,dial_method,dial_level,lead_order,dial_statuses',
      [['COBRANCA', 'Cobranca', 'Y', '---ALL---', 'RATIO', '1', 'DOWN', 'NEW']],
    ),

  list_info(call) {
    const list = call.state.lists.get(call.value('list_id'));
    if (!list) return [`ERROR: list_info LIST DOES NOT EXIST - ${call.value('list_id')}`];
    const loaded = String(call.state.leadsOf(list.id).length);
    return table(
      call,
      'list_id,list_name,campaign_id,active,list_changedate,list_lastcalldate,expiration_date,resets_today,all_leads_count,new_leads_count',
      [
        [
          list.id,
          'Finaz',
          list.campaign,
          list.active ? 'Y' : 'N',
          '',
          '',
          '2099-12-31',
          '0',
          loaded,
          loaded,
        ],
      ],
    );
  },

  agent_status(call) {
    const agent = call.state.agents.get(call.value('agent_user'));
    if (!agent)
      return [
        `ERROR: agent_status AGENT NOT FOUND - ${call.user.user}|${call.value('agent_user')}`,
      ];
    if (!agent.loggedIn)
      return [`ERROR: agent_status AGENT NOT LOGGED IN - ${call.user.user}|${agent.user}`];
    return table(
      call,
      'status,callerid,lead_id,campaign_id,calls_today,full_name,user_group,user_level,pause_code,real_time_sub_status,phone_number,vendor_lead_code,session_id',
      [agentRow(agent, call.state)],
    );
  },

  callid_info(call) {
    const id = call.value('call_id');
    const known = call.state.telephony.calls.get(id);
    if (!known) return [`ERROR: callid_info CALL NOT FOUND - ${call.user.user}|${id}`];
    const report = call.state.calls.find(({ callId }) => callId === id);
    return table(
      call,
      'call_id,custtime,call_date,phone,call_type,campaign_id,list_id,status,user',
      [
        [
          id,
          '42',
          localTime(known.startedAt, call.timeZone),
          known.number,
          report ? 'OUTBOUND_AUTO' : 'OUTBOUND_MANUAL',
          'COBRANCA',
          report?.listId ?? '999',
          report?.status ?? 'SALE',
          known.extension,
        ],
      ],
    );
  },

  recording_lookup(call) {
    const { value, state, user, timeZone } = call;
    const [agent, lead, date] = [value('agent_user'), value('lead_id'), value('date')];
    if (agent === '' && lead === '')
      return [
        `ERROR: recording_lookup INVALID SEARCH PARAMETERS - ${user.user}|${agent}|${lead}|${date}|`,
      ];
    const rows = [...state.telephony.calls.values()]
      .filter((known) => known.end === 'answered')
      .map((known) => ({
        known,
        startedAt: localTime(known.startedAt, timeZone),
        lead: state.leadIdOfCall(known),
      }))
      .filter((row) => agent === '' || row.known.extension === agent)
      .filter((row) => lead === '' || row.lead === lead)
      .filter((row) => date === '' || row.startedAt.startsWith(date))
      .map(({ known, startedAt, lead: leadId }, index) => [
        startedAt,
        known.extension,
        String(534_820 + index),
        leadId,
        ...(value('duration') === 'Y' ? ['42'] : []),
        `${call.url}/RECORDINGS/${startedAt.replaceAll(/\D/g, '')}_${known.number}_${known.extension}-${known.id}-all.wav`,
      ]);
    if (rows.length === 0)
      return [
        `ERROR: recording_lookup NO RECORDINGS FOUND - ${user.user}|${agent}|${lead}|${date}|`,
      ];
    const duration = value('duration') === 'Y' ? 'duration,' : '';
    return table(call, `start_time,user,recording_id,lead_id,${duration}location`, rows);
  },
};

/** A pending dial: first the previous call still shows, then no id at all, then the new call. */
function agentRow(agent: VicidialAgent, state: VicidialState): string[] {
  const { pending } = agent;
  if (agent.pollsUntilPaused > 0) {
    agent.pollsUntilPaused -= 1;
    agent.paused = agent.pollsUntilPaused === 0;
  }
  let isBetween = false;
  if (pending) {
    pending.pollsLeft -= 1;
    isBetween = pending.pollsLeft === 1;
    if (pending.pollsLeft <= 0) {
      const before = state.lastCallOf(agent.user);
      if (before) before.hungUp = true;
      state.telephony.place(agent.user, pending.number, 'COBRANCA');
      agent.pending = undefined;
    }
  }
  const call = isBetween ? undefined : state.lastCallOf(agent.user);
  const lead = call && state.leadOfCall(call.number);
  return [
    call && !call.hungUp && !agent.pending ? 'INCALL' : agent.paused ? 'PAUSED' : 'READY',
    call?.id ?? '',
    call ? state.leadIdOfCall(call) : '',
    'COBRANCA',
    String(state.telephony.calls.size),
    `Agente ${agent.user}`,
    'AGENTS',
    '3',
    'LOGIN',
    '',
    call?.number ?? '',
    lead?.vendorLeadCode ?? '',
    '8600051',
  ];
}

function table(
  { value }: FunctionCall,
  header: string,
  rows: readonly (readonly string[])[],
): string[] {
  const delimiter = { csv: ',', tab: '\t', newline: '\n' }[value('stage')] ?? '|';
  const all = value('header') === 'YES' ? [header.split(','), ...rows] : rows;
  return all.map((row) => row.join(delimiter));
}
