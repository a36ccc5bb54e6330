import {
  Telephony,
  type CallEnd,
  type VendorAttempt,
  type VendorCall,
} from '../../vendor-server/telephony.ts';

export interface VicidialAgent {
  readonly user: string;
  /** Stored in the user's field `custom_three`, where `alt_user` is looked up. */
  readonly extension: string;
  loggedIn: boolean;
  paused: boolean;
  /** How often the agent's state must be polled until a pause takes effect; 0 if none is pending. */
  pollsUntilPaused: number;
  /** A manual dial that waits for the agent's screen to pick it up. */
  pending: { readonly number: string; pollsLeft: number } | undefined;
}

export interface VicidialList {
  readonly id: string;
  readonly campaign: string;
  active: boolean;
}

export interface VicidialLead {
  readonly leadId: string;
  readonly listId: string;
  readonly vendorLeadCode: string;
  readonly phones: readonly string[];
  /** Every parameter of the request that created the lead. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface ReportedCall extends VendorAttempt {
  readonly listId: string;
  readonly status: string;
  readonly leadId: string;
}

export interface VicidialUser {
  readonly user: string;
  readonly pass: string;
  readonly mayDeleteLeads: boolean;
  readonly mayExport: boolean;
}

/** The status that the dialer, or the agent, gives a call. */
const statuses: Readonly<Record<CallEnd, string>> = {
  answered: 'SALE',
  busy: 'B',
  no_answer: 'NA',
  invalid: 'DC',
  machine: 'AA',
  refused: 'HUC21',
  carrier_fault: 'ADCT',
  abandoned: 'DROP',
};

/** What the server's database holds. */
export class VicidialState {
  readonly telephony: Telephony;
  readonly agents = new Map<string, VicidialAgent>();
  readonly lists = new Map<string, VicidialList>();
  readonly leads: VicidialLead[] = [];
  readonly calls: ReportedCall[] = [];
  /** An agent's own statuses, by number. */
  readonly statusOf = new Map<string, string>();
  /** How often an agent's state must be polled until a manual dial is placed. */
  readonly pollsUntilPlaced: number;
  #lastLead = 193_714;

  constructor(
    now: () => number,
    agents: readonly { readonly user: string; readonly extension: string }[],
    lists: readonly string[],
    pollsUntilPlaced: number,
  ) {
    this.pollsUntilPlaced = pollsUntilPlaced;
    this.telephony = new Telephony(
      now,
      agents.map(({ user }) => user),
      'M405090807000001234',
    );
    for (const { user, extension } of agents)
      this.agents.set(user, {
        user,
        extension,
        loggedIn: true,
        paused: true,
        pollsUntilPaused: 0,
        pending: undefined,
      });
    for (const id of lists) this.lists.set(id, { id, campaign: 'COBRANCA', active: true });
  }

  addLead(listId: string, fields: Readonly<Record<string, string>>): VicidialLead {
    this.#lastLead += 1;
    const lead: VicidialLead = {
      leadId: String(this.#lastLead),
      listId,
      vendorLeadCode: fields['vendor_lead_code'] ?? '',
      phones: phonesOf(fields),
      fields,
    };
    this.leads.push(lead);
    return lead;
  }

  leadsOf(listId: string): VicidialLead[] {
    return this.leads.filter((lead) => lead.listId === listId);
  }

  deleteLeads(listId: string): number {
    const { length } = this.leadsOf(listId);
    this.leads.splice(0, this.leads.length, ...this.leads.filter((lead) => lead.listId !== listId));
    return length;
  }

  /** Dials the leads of an active list. */
  dial(listId: string): readonly ReportedCall[] {
    if (this.lists.get(listId)?.active !== true) return [];
    const queue = this.telephony.contactsOf(listId);
    for (const { leadId, phones } of this.leadsOf(listId))
      queue.set(leadId, { contactId: leadId, name: '', cpf: '', phones });
    const dialed = [...this.telephony.dial(listId)].map((attempt): ReportedCall => {
      const lead = this.leads.find(({ leadId }) => leadId === attempt.contactId);
      return {
        ...attempt,
        contactId: lead?.vendorLeadCode ?? '',
        leadId: attempt.contactId,
        listId,
        status: this.statusOf.get(attempt.number) ?? statuses[attempt.end],
      };
    });
    this.calls.push(...dialed);
    return dialed;
  }

  /** The last call of an agent, ended or not. */
  lastCallOf(user: string): VendorCall | undefined {
    return [...this.telephony.calls.values()].findLast(({ extension }) => extension === user);
  }

  leadOfCall(number: string): VicidialLead | undefined {
    return this.leads.find(({ phones }) => phones.includes(number));
  }

  /** A manual dial of a number that is in no list creates a lead of its own. */
  leadIdOfCall({ number }: VendorCall): string {
    return this.leadOfCall(number)?.leadId ?? '12345';
  }
}

/** The main number, the alternative one, `address3` by custom, and what `multi_alt_phones` packs. */
function phonesOf(fields: Readonly<Record<string, string>>): string[] {
  const packed = (fields['multi_alt_phones'] ?? '')
    .split('!')
    .map((item) => item.split('_')[0] ?? '');
  return [
    fields['phone_number'] ?? '',
    fields['alt_phone'] ?? '',
    fields['address3'] ?? '',
    ...packed,
  ].filter((phone) => /^\d{6,16}$/.test(phone));
}
