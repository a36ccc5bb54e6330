import type { CallEnd } from '../../vendor-server/telephony.ts';
import { localTime, zonedTime } from '../local-time.ts';
import { jsonReply } from '../replies.ts';
import type { Route } from '../simulator.ts';
import { invalid } from './failure.ts';
import type { ReportedCall, ThreeCPlusState } from './state.ts';

const mostRows = 500;

/** Status 8 alone says nothing: the hang-up cause decides. A mailbox is 9 after an answer, and 15 before one. */
const statuses: Readonly<
  Record<CallEnd, { readonly status: number; readonly text: string; readonly cause: number }>
> = {
  answered: { status: 7, text: 'Finalizada', cause: 16 },
  busy: { status: 8, text: 'Não atendida', cause: 17 },
  no_answer: { status: 8, text: 'Não atendida', cause: 19 },
  refused: { status: 8, text: 'Não atendida', cause: 21 },
  invalid: { status: 8, text: 'Não atendida', cause: 28 },
  carrier_fault: { status: 8, text: 'Não atendida', cause: 34 },
  machine: { status: 15, text: 'Caixa postal pré-atendimento', cause: 16 },
  abandoned: { status: 6, text: 'Abandonada', cause: 16 },
};

export interface ReportOptions {
  readonly timeZone: string;
  /** Whether pages omit the total, as the vendor has announced for all. */
  readonly tellsNoTotal: boolean;
}

/** `GET /calls`: pages with their total; ids and statuses are text on some rows and numbers on others. */
export function reportRoute(
  state: ThreeCPlusState,
  { timeZone, tellsNoTotal }: ReportOptions,
): Route {
  return {
    method: 'GET',
    pattern: /^\/api\/v1\/calls$/,
    handle({ parameters }) {
      const from = parameters.get('start_date') ?? '';
      const to = parameters.get('end_date') ?? '';
      if (
        !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(from) ||
        !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(to)
      )
        return invalid({
          start_date: ['O campo start_date não corresponde ao formato Y-m-d H:i:s.'],
        });
      for (const name of ['per_page', 'with_mailing'])
        if (!parameters.has(name)) return invalid({ [name]: [`O campo ${name} é obrigatório.`] });
      const size = Number(parameters.get('per_page'));
      if (size > mostRows)
        return invalid({ per_page: [`O campo per_page não pode ser maior que ${mostRows}.`] });
      const page = Number(parameters.get('page') ?? '1');
      const campaigns = parameters.getAll('campaigns[]');
      const all = state.calls.filter((call) => {
        const at = localTime(call.at, timeZone);
        return (
          at >= from && at <= to && (campaigns.length === 0 || campaigns.includes(call.campaign))
        );
      });
      const withMailing = parameters.get('with_mailing') === 'true';
      return jsonReply(200, {
        data: all
          .slice((page - 1) * size, page * size)
          .map((call, index) =>
            rowOf(call, state, { timeZone, withMailing, asText: index % 2 === 1 }),
          ),
        meta: {
          pagination: {
            ...(!tellsNoTotal && { total: all.length }),
            per_page: size,
            current_page: page,
            ...(!tellsNoTotal && { total_pages: Math.ceil(all.length / size) }),
          },
        },
      });
    },
  };
}

function rowOf(
  call: ReportedCall,
  state: ThreeCPlusState,
  { timeZone, withMailing, asText }: { timeZone: string; withMailing: boolean; asText: boolean },
) {
  const { status, text, cause } = statuses[call.end];
  const agent = state.agents.find(({ extension }) => extension === call.extension);
  const either = (value: number) => (asText ? String(value) : value);
  return {
    id: call.callId,
    number: call.number,
    call_date: localTime(call.at, timeZone),
    call_date_rfc3339: zonedTime(call.at, timeZone),
    campaign_id: either(Number(call.campaign)),
    agent: agent?.name ?? '-',
    agent_id: either(agent?.id ?? 0),
    status_id: either(status),
    readable_status_text: text,
    hangup_cause: either(cause),
    qualification: '-',
    speaking_with_agent_time: `00:00:${String(call.durationSeconds).padStart(2, '0')}`,
    recorded: call.end === 'answered',
    phone_type: 'mobile',
    ...(withMailing && { mailing_data: { identifier: call.contactId, phone: call.number } }),
  };
}
