import { Telephony } from '../../vendor-server/telephony.ts';

/** A task of the dialer, with every key that the vendor requires. */
export interface DialerTask {
  readonly campaign: string;
  readonly destination: string;
  readonly alternatives: string;
  readonly data: string;
}

export class UContactState {
  readonly telephony: Telephony;
  readonly tasks: DialerTask[] = [];
  readonly #tokens = new Set<string>();
  readonly #guids = new Map<string, string>();
  #issued = 0;

  constructor(now: () => number, operators: readonly string[]) {
    this.telephony = new Telephony(now, operators, 'call-');
  }

  /** A new token, already in base64; earlier ones expire. */
  issueToken(): string {
    this.#issued += 1;
    const token = Buffer.from(`session-${this.#issued}:k3y`).toString('base64');
    this.#tokens.clear();
    this.#tokens.add(token);
    return token;
  }

  get issued(): number {
    return this.#issued;
  }

  holds(token: string): boolean {
    return this.#tokens.has(token);
  }

  /** Ends every token, as may happen in the middle of a day. */
  lapse(): void {
    this.#tokens.clear();
  }

  /** An id in the vendor's format. */
  guidOf(callId: string): string {
    const guid = `3f2504e0-4f89-11d3-9a0c-${callId.replace(/\D/g, '').padStart(12, '0')}`;
    this.#guids.set(guid, callId);
    return guid;
  }

  callIdOf(guid: string): string | undefined {
    return this.#guids.get(guid);
  }
}
