import { htmlReply } from '../replies.ts';
import { localTime } from '../local-time.ts';
import type { Reply, SimulatorRequest } from '../simulator.ts';
import type { ReportedCall, VicidialState, VicidialUser } from './state.ts';

const header = [
  'call_date',
  'phone_number_dialed',
  'status',
  'user',
  'full_name',
  'campaign_id',
  'vendor_lead_code',
  'source_id',
  'list_id',
  'first_name',
  'length_in_sec',
  'lead_id',
  'list_name',
  'status_name',
  'uniqueid',
  'caller_code',
  'hangup_cause',
];

/** `/vicidial/call_report_export.php`: every call of a period; days and whole hours of the server's own clock. */
export function answerCallReportExport(
  { parameters }: SimulatorRequest,
  state: VicidialState,
  user: VicidialUser,
  timeZone: string,
): Reply {
  if (!user.mayExport)
    return htmlReply(`You do not have permissions for export reports: |${user.user}|\n`);
  const hour = (name: string, missing: string) =>
    (parameters.get(name) ?? missing).padStart(2, '0');
  const from = `${parameters.get('query_date') ?? ''} ${hour('query_hour', '00')}:00:00`;
  const to = `${parameters.get('end_date') ?? ''} ${hour('end_hour', '23')}:59:59`;
  const lists = parameters.getAll('list_id[]');
  const calls = state.calls.filter((call) => {
    const at = localTime(call.at, timeZone);
    return at >= from && at <= to && (lists.includes('---ALL---') || lists.includes(call.listId));
  });
  if (calls.length === 0) return htmlReply(noCalls(parameters));
  const rows = calls.map((call) => rowOf(call, state, timeZone));
  const lines = parameters.get('header_row') === 'YES' ? [header, ...rows] : rows;
  return {
    headers: {
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': 'attachment; filename=EXPORT_CALL_REPORT_20250701-120000.txt',
    },
    body: Buffer.from(`${lines.map((line) => line.join('\t')).join('\r\n')}\r\n`, 'latin1'),
  };
}

/** The sentence speaks of inbound calls whenever in-groups are requested as well, even "---NONE---", which names no group. */
function noCalls(parameters: URLSearchParams): string {
  const direction = parameters.has('group[]') ? 'inbound' : 'outbound';
  return `There are no ${direction} calls during this time period for these parameters\n`;
}

function rowOf(call: ReportedCall, state: VicidialState, timeZone: string): string[] {
  const lead = state.leads.find(({ leadId }) => leadId === call.leadId);
  return [
    localTime(call.at, timeZone),
    call.number,
    call.status,
    call.extension ?? 'VDAD',
    'Atuação Cobrança',
    'COBRANCA',
    call.contactId,
    '',
    call.listId,
    lead?.fields['first_name'] ?? '',
    String(call.durationSeconds),
    call.leadId,
    'Finaz',
    call.status,
    `1752851962.${call.leadId}`,
    call.callId,
    '16',
  ];
}
