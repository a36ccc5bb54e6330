/** The outcome of a number: its last two digits decide. */
const fates: Readonly<Record<string, CallEnd>> = {
  '10': 'busy',
  '20': 'no_answer',
  '30': 'invalid',
  '40': 'machine',
  '50': 'refused',
  '60': 'carrier_fault',
};

export type CallEnd =
  | 'answered'
  | 'busy'
  | 'no_answer'
  | 'invalid'
  | 'machine'
  | 'refused'
  | 'carrier_fault'
  | 'abandoned';

export interface VendorCall {
  readonly id: string;
  readonly extension: string;
  readonly number: string;
  readonly queue: string;
  readonly startedAt: number;
  readonly end: CallEnd;
  /** Where it was transferred to. */
  transferredTo: string | undefined;
  hungUp: boolean;
}

export interface VendorContact {
  readonly contactId: string;
  readonly name: string;
  readonly cpf: string;
  readonly phones: readonly string[];
}

export interface VendorAttempt {
  readonly callId: string;
  readonly contactId: string;
  readonly number: string;
  readonly at: number;
  readonly end: CallEnd;
  readonly extension: string | undefined;
  readonly durationSeconds: number;
}

/** The state of a telephone system: operators, calls, queues with their contacts, results. Time is passed in. */
export class Telephony {
  readonly operators = new Set<string>();
  readonly calls = new Map<string, VendorCall>();
  /** Contacts by queue, in order of arrival; the same contact again replaces the first. */
  readonly queues = new Map<string, Map<string, VendorContact>>();
  /** Ids of contacts that it refuses. */
  readonly refusedContacts = new Set<string>();
  readonly attempts = new Map<string, VendorAttempt[]>();
  /** Calls whose row in the report has a date that does not exist. */
  readonly spoiltAttempts = new Set<string>();
  readonly #now: () => number;
  readonly #callIdPrefix: string;
  #lastId = 0;

  constructor(now: () => number, operators: readonly string[], callIdPrefix: string) {
    this.#now = now;
    this.#callIdPrefix = callIdPrefix;
    for (const operator of operators) this.operators.add(operator);
  }

  place(extension: string, number: string, queue: string): VendorCall {
    this.#lastId += 1;
    const call: VendorCall = {
      id: `${this.#callIdPrefix}${this.#lastId}`,
      extension,
      number,
      queue,
      startedAt: this.#now(),
      end: fateOf(number),
      transferredTo: undefined,
      hungUp: false,
    };
    this.calls.set(call.id, call);
    return call;
  }

  /** The current call of an extension. */
  liveCallOf(extension: string): VendorCall | undefined {
    return [...this.calls.values()].findLast(
      (call) => call.extension === extension && isLive(call),
    );
  }

  contactsOf(queue: string): Map<string, VendorContact> {
    const known = this.queues.get(queue);
    if (known) return known;
    const made = new Map<string, VendorContact>();
    this.queues.set(queue, made);
    return made;
  }

  /** Dials every contact of a queue, number by number until one is answered. */
  *dial(queue: string): Generator<VendorAttempt> {
    const operators = [...this.operators];
    let turn = 0;
    for (const contact of this.contactsOf(queue).values()) {
      for (const number of contact.phones) {
        const end =
          operators.length === 0 && fateOf(number) === 'answered' ? 'abandoned' : fateOf(number);
        const extension = end === 'answered' ? operators[turn % operators.length] : undefined;
        if (end === 'answered') turn += 1;
        const call = this.place(extension ?? '', number, queue);
        const attempt: VendorAttempt = {
          callId: call.id,
          contactId: contact.contactId,
          number,
          at: this.#now(),
          end,
          extension,
          durationSeconds: end === 'answered' ? 42 : 0,
        };
        this.attempts.set(queue, [...(this.attempts.get(queue) ?? []), attempt]);
        yield attempt;
        if (end === 'answered') break;
      }
      this.contactsOf(queue).delete(contact.contactId);
    }
  }
}

function isLive(call: VendorCall): boolean {
  return call.end === 'answered' && !call.hungUp && call.transferredTo === undefined;
}

export function fateOf(number: string): CallEnd {
  return fates[number.slice(-2)] ?? 'answered';
}
