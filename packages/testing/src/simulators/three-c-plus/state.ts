import { Telephony, type VendorAttempt } from '../../vendor-server/telephony.ts';

export interface ThreeCPlusAgent {
  readonly id: number;
  readonly extension: string;
  readonly name: string;
  /** The personal token: commands to a call are accepted only from its agent, with this one or the service token of agents. */
  readonly token: string;
  isIdle: boolean;
  isOnline: boolean;
  consulting: string | undefined;
}

export interface MailingItem {
  readonly phone: string;
  readonly identifier: string;
  readonly data: Readonly<Record<string, string>>;
}

export interface MailingList {
  readonly id: number;
  readonly campaign: string;
  readonly name: string;
  /** A list of weight 0 is not dialed. */
  weight: number;
  items: MailingItem[];
}

export interface ReportedCall extends VendorAttempt {
  readonly campaign: string;
  readonly listId: number;
}

/** What the vendor holds for one company. */
export class ThreeCPlusState {
  readonly telephony: Telephony;
  readonly agents: readonly ThreeCPlusAgent[];
  readonly campaigns: readonly string[];
  readonly lists: MailingList[] = [];
  readonly calls: ReportedCall[] = [];
  /** Uploaded files that wait for their columns to be named. */
  readonly files = new Map<string, readonly (readonly string[])[]>();
  #lastList = 900;

  constructor(now: () => number, agents: readonly ThreeCPlusAgent[], campaigns: readonly string[]) {
    this.agents = agents;
    this.campaigns = campaigns;
    this.telephony = new Telephony(
      now,
      agents.map(({ extension }) => extension),
      '66a1b2c3d4e5f6000000',
    );
  }

  addList(campaign: string, name: string): MailingList {
    this.#lastList += 1;
    const list: MailingList = { id: this.#lastList, campaign, name, weight: 1, items: [] };
    this.lists.push(list);
    return list;
  }

  list(campaign: string, id: string): MailingList | undefined {
    return this.lists.find((list) => list.campaign === campaign && String(list.id) === id);
  }

  deleteList(list: MailingList): void {
    this.lists.splice(this.lists.indexOf(list), 1);
  }

  /**
   * Adds items; a number that the campaign already has, or an invalid one, is silently left out.
   *
   * @returns what was left out, with the reason
   */
  import(
    list: MailingList,
    items: readonly MailingItem[],
  ): readonly { item: MailingItem; motive: string }[] {
    const known = new Set(
      this.lists
        .filter(({ campaign }) => campaign === list.campaign)
        .flatMap(({ items: all }) => all.map(({ phone }) => phone)),
    );
    const left: { item: MailingItem; motive: string }[] = [];
    for (const item of items) {
      if (!/^\d{10,11}$/.test(item.phone)) left.push({ item, motive: 'invalid_phone' });
      else if (known.has(item.phone)) left.push({ item, motive: 'duplicated' });
      else {
        known.add(item.phone);
        list.items.push(item);
      }
    }
    return left;
  }

  /** Dials the lists of a campaign that have weight. */
  dial(campaign: string): readonly ReportedCall[] {
    const dialed: ReportedCall[] = [];
    for (const list of this.lists.filter((each) => each.campaign === campaign && each.weight > 0)) {
      const queue = this.telephony.contactsOf(String(list.id));
      for (const [contactId, items] of Map.groupBy(list.items, ({ identifier }) => identifier))
        queue.set(contactId, {
          contactId,
          name: '',
          cpf: '',
          phones: items.map(({ phone }) => phone),
        });
      for (const attempt of this.telephony.dial(String(list.id)))
        dialed.push({ ...attempt, campaign, listId: list.id });
    }
    this.calls.push(...dialed);
    return dialed;
  }
}
