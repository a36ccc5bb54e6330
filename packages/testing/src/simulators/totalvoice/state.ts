import { Telephony, type CallEnd, type VendorCall } from '../../vendor-server/telephony.ts';

/** A call with two legs, or a composed message to one number. */
export interface TotalVoiceRecord {
  readonly id: number;
  readonly kind: 'chamada' | 'composto';
  readonly call: VendorCall;
  readonly number: string;
  readonly tags: string;
  readonly extension: string;
  /** Whether it has ended; until then, its status is `curso`. */
  isOver: boolean;
}

export const statuses: Readonly<Record<CallEnd, string>> = {
  answered: 'atendida',
  busy: 'ocupado',
  no_answer: 'sem resposta',
  invalid: 'não existe',
  machine: 'atendida',
  refused: 'cancelada',
  carrier_fault: 'congestionado',
  abandoned: 'cancelada',
};

export class TotalVoiceState {
  readonly telephony: Telephony;
  readonly records: TotalVoiceRecord[] = [];
  #lastId = 1000;

  constructor(now: () => number, extensions: readonly string[]) {
    this.telephony = new Telephony(now, extensions, '');
  }

  add(
    kind: TotalVoiceRecord['kind'],
    fields: { number: string; tags: string; extension: string },
  ): TotalVoiceRecord {
    this.#lastId += 1;
    const call = this.telephony.place(fields.extension, fields.number.replace(/^\+55/, ''), kind);
    const record: TotalVoiceRecord = { id: this.#lastId, kind, call, isOver: false, ...fields };
    this.records.push(record);
    return record;
  }

  find(kind: TotalVoiceRecord['kind'], id: string): TotalVoiceRecord | undefined {
    return this.records.find((record) => record.kind === kind && String(record.id) === id);
  }

  /** Ends every call in progress. */
  finish(): number {
    const open = this.records.filter(({ isOver }) => !isOver);
    for (const record of open) record.isOver = true;
    return open.length;
  }
}
