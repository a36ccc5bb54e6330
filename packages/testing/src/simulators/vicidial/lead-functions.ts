import type { FunctionCall, NonAgentFunction } from './function-call.ts';

/** The longest values of fields. The server truncates or refuses longer ones; it truncates an alternative phone silently. */
const longestField: Readonly<Record<string, number>> = {
  vendor_lead_code: 20,
  source_id: 50,
  first_name: 30,
  last_name: 30,
  alt_phone: 12,
  address3: 100,
  email: 70,
  comments: 255,
};

/** The server keeps only the digits of a list id, and looks it up as a number: "fila-101" and "0101" are list 101. */
const digitsOf = (id: string): string => id.replaceAll(/\D/g, '').replace(/^0+/, '');

/** Ids that are too short select the default list. */
const listOf = (id: string): string => (digitsOf(id).length < 3 ? '999' : digitsOf(id));

export const leadFunctions: Readonly<Record<string, NonAgentFunction>> = {
  add_lead(call) {
    const { value, state, user } = call;
    const phone = value('phone_number');
    const list = listOf(value('list_id'));
    if (!/^\d{6,16}$/.test(phone))
      return [`ERROR: add_lead INVALID PHONE NUMBER LENGTH - ${phone}|${user.user}`];
    if (value('list_exists_check') === 'Y' && !state.lists.has(list))
      return [
        `ERROR: add_lead NOT A DEFINED LIST ID, LIST EXISTS CHECK ENABLED - ${phone}|${list}`,
      ];
    const duplicate = state.leadsOf(list).find(({ fields }) => fields['phone_number'] === phone);
    if (value('duplicate_check').startsWith('DUPLIST') && duplicate)
      return [
        `ERROR: add_lead DUPLICATE PHONE NUMBER IN LIST - ${phone}|${list}|${duplicate.leadId}`,
      ];
    const lead = state.addLead(list, fieldsOf(call));
    return [
      `SUCCESS: add_lead LEAD HAS BEEN ADDED - ${phone}|${user.user}|${list}|${lead.leadId}|-3`,
      ...noticesOf(call, lead.leadId),
    ];
  },

  update_list({ value, state, user }) {
    const id = digitsOf(value('list_id'));
    const list = state.lists.get(id);
    if (!list) return [`ERROR: update_list LIST DOES NOT EXIST - ${user.user}|${id}`];
    const active = value('active');
    if (active !== '') list.active = active === 'Y';
    const lines = [`SUCCESS: update_list LIST HAS BEEN UPDATED - ${user.user}|${list.id}`];
    if (value('delete_leads') === 'Y') {
      // The success line is there all the same: only the notice tells that nothing was deleted.
      lines.push(
        user.mayDeleteLeads
          ? `NOTICE: update_list LEADS IN LIST HAVE BEEN DELETED - ${user.user}|${list.id}|${state.deleteLeads(list.id)}`
          : `NOTICE: update_list USER DOES NOT HAVE PERMISSION TO DELETE LEADS - ${user.user}|0`,
      );
    }
    return lines;
  },
};

function noticesOf({ value, user, parameters }: FunctionCall, leadId: string): string[] {
  const notices: string[] = [];
  if (value('add_to_hopper') === 'Y')
    notices.push(
      `NOTICE: add_lead ADDED TO HOPPER - ${value('phone_number')}|${user.user}|${leadId}`,
    );
  const packed = value('multi_alt_phones');
  if (packed !== '') {
    const count = packed.split('!').length;
    notices.push(
      `NOTICE: add_lead MULTI-ALT-PHONE NUMBERS LOADED - ${count}|${user.user}|${leadId}`,
    );
  }
  if (value('custom_fields') === 'Y' && ![...parameters.keys()].includes('cpf'))
    notices.push(
      `NOTICE: add_lead CUSTOM FIELDS NOT ADDED, NO FIELDS DEFINED - ${leadId}|${user.user}`,
    );
  return notices;
}

function fieldsOf({ parameters }: FunctionCall): Record<string, string> {
  return Object.fromEntries(
    [...parameters].map(([name, text]) => {
      const kept = name === 'vendor_lead_code' ? text.replaceAll(/[;#"]/g, '') : text;
      return [name, kept.replaceAll('+', ' ').slice(0, longestField[name] ?? 1024)];
    }),
  );
}
