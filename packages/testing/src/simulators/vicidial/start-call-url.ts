import type { ReportedCall, VicidialState } from './state.ts';

/** Fills in a campaign's Start Call URL as the server does: `--A--field--B--`, spaces as `+`, unknown fields unchanged. */
export function startCallUrl(template: string, call: ReportedCall, state: VicidialState): string {
  const agent = state.agents.get(call.extension ?? '');
  const lead = state.leads.find(({ leadId }) => leadId === call.leadId);
  const fields: Readonly<Record<string, string>> = {
    vendor_lead_code: call.contactId,
    // The lead's main number, whichever of its numbers was dialed.
    phone_number: lead?.phones[0] ?? call.number,
    dialed_number: call.number,
    call_id: call.callId,
    lead_id: call.leadId,
    user: call.extension ?? '',
    phone_login: agent?.extension ?? '',
    list_id: call.listId,
  };
  return template.replace(/^VAR/, '').replaceAll(/--A--(\w+)--B--/g, (whole, name: string) => {
    const value = fields[name];
    return value === undefined ? whole : encodeURIComponent(value).replaceAll('%20', '+');
  });
}
