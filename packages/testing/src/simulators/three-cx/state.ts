import { randomUUID } from 'node:crypto';
import type { ThreeCxAssumptions } from './assumptions.ts';
import type { ThreeCxOperator, ThreeCxQueue } from './exchange.ts';
import { fateOfNumber, fateOfOperator, type ThreeCxPeople } from './people.ts';
import {
  end,
  endOf,
  isAnswered,
  isOver,
  meet,
  statusOf,
  type Segment,
  type ThreeCxCall,
} from './segment.ts';

export interface ThreeCxSite {
  readonly now: () => number;
  readonly operators: readonly ThreeCxOperator[];
  readonly queues: readonly ThreeCxQueue[];
  /** DN of the app; a call from it has no operator's leg. */
  readonly routePoint: string;
  readonly people: ThreeCxPeople;
  readonly assumptions: ThreeCxAssumptions;
  readonly rowAfterMs: number;
  readonly recordingAfterMs: number;
}

export interface Leg {
  readonly call: ThreeCxCall;
  readonly segment: Segment;
  readonly status: string;
}

type SegmentStart = Pick<Segment, 'dn' | 'deviceId' | 'isIncoming' | 'party' | 'sourceDn'> &
  Partial<Pick<Segment, 'dialed' | 'referredBy'>>;

/** What the PBX knows. */
export class ThreeCxState {
  readonly operators = new Map<string, ThreeCxOperator>();
  readonly queues: readonly ThreeCxQueue[];
  readonly calls: ThreeCxCall[] = [];
  /** Recordings that were archived elsewhere: listed, but not available here. */
  readonly archived = new Set<number>();
  /** The next requested call is refused with this. */
  refusal: { readonly status: number; readonly reason: string; readonly words: string } | undefined;
  readonly #site: ThreeCxSite;
  #lastCall = 4710;
  #lastSegment = 9000;

  constructor(site: ThreeCxSite) {
    this.#site = site;
    this.queues = site.queues;
    for (const operator of site.operators) this.operators.set(operator.extension, operator);
  }

  now(): number {
    return this.#site.now();
  }

  /** An operator's phone rings first, then the number is dialed; the route point dials at once. */
  place(dn: string, deviceId: string, number: string, timeoutSeconds = 0): ThreeCxCall {
    const { people, assumptions } = this.#site;
    const now = this.now();
    const call = this.#addCall('Outbound', number);
    const segment = this.#addSegment(call, {
      dn,
      deviceId,
      isIncoming: false,
      party: number,
      sourceDn: dn,
      dialed: assumptions.dialsAs(number),
    });
    const operator = this.operators.get(dn);
    const lift = fateOfOperator(operator?.lifts ?? true, now, people);
    segment.liftedAt = operator ? lift.answeredAt : now;
    meet(
      segment,
      segment.liftedAt === undefined ? lift : fateOfNumber(number, segment.liftedAt, people),
    );
    const patience = now + timeoutSeconds * 1000;
    if (assumptions.timeoutStopsRinging && timeoutSeconds > 0)
      if ((segment.answeredAt ?? segment.endedAt ?? 0) > patience)
        end(segment, patience, 'No Answer');
    return call;
  }

  /** A customer calls an extension, or a queue, which passes the call to its first free agent. */
  receive(number: string, to: string): ThreeCxCall {
    const call = this.#addCall('Inbound', number);
    this.#ring(call, to, { sourceDn: '', referredBy: '' });
    return call;
  }

  /** The other party moves to the destination when somebody answers there, and stays with the operator until then, or if nobody answers. */
  transfer({ call, segment }: Leg, destination: string): void {
    const next = this.#ring(call, destination, {
      sourceDn: segment.dn,
      referredBy: segment.dn,
    });
    // A customer who would have hung up at this leg hangs up at the new one, too.
    if (segment.endedAt !== undefined) end(next, segment.endedAt, segment.reason);
    if (next.answeredAt !== undefined)
      end(segment, next.answeredAt, `Transferred to ${destination}`);
  }

  isBeingTransferred({ call, segment }: Leg): boolean {
    return call.segments.some(
      (other) =>
        other.referredBy === segment.dn &&
        !isOver(other, this.now()) &&
        !isAnswered(other, this.now()),
    );
  }

  /** Another phone rings instead of the one that is ringing. */
  divert({ call, segment }: Leg, destination: string): void {
    end(segment, this.now(), `Forwarded to ${destination}`);
    this.#ring(call, destination, { sourceDn: segment.sourceDn, referredBy: segment.dn });
  }

  answer({ segment }: Leg): void {
    segment.answeredAt = this.now();
    segment.endedAt = undefined;
  }

  /** The call ends for everybody. @param by who hung up: an extension, or the customer by default */
  hangUp(call: ThreeCxCall, by = call.number): void {
    for (const segment of call.segments) end(segment, this.now(), `Terminated by ${by}`);
  }

  call(id: number): ThreeCxCall | undefined {
    return this.calls.find((call) => call.id === id);
  }

  legsOf(dn: string): Leg[] {
    return this.#legs().filter(({ segment }) => segment.dn === dn);
  }

  liveCalls(): readonly ThreeCxCall[] {
    return this.calls.filter((call) => endOf(call, this.now()) === undefined);
  }

  /** The segments of all calls that ended long enough ago for their rows to be written, newest first. */
  reported(): readonly { readonly call: ThreeCxCall; readonly segment: Segment }[] {
    const before = this.now() - this.#site.rowAfterMs;
    return this.calls
      .filter((call) => endOf(call, before) !== undefined)
      .flatMap((call) => call.segments.map((segment) => ({ call, segment })))
      .toSorted((one, other) => other.segment.startedAt - one.segment.startedAt);
  }

  /** The recording of a segment, if it was answered and the file has been written. */
  recordingOf(call: ThreeCxCall, { recordingId, answeredAt }: Segment): number | undefined {
    const before = this.now() - this.#site.recordingAfterMs;
    return answeredAt !== undefined && endOf(call, before) !== undefined ? recordingId : undefined;
  }

  #legs(): Leg[] {
    return this.liveCalls().flatMap((call) =>
      call.segments.flatMap((segment) => {
        const status = statusOf(segment, this.now(), this.#site.assumptions);
        return status === undefined ? [] : [{ call, segment, status }];
      }),
    );
  }

  #addCall(direction: ThreeCxCall['direction'], number: string): ThreeCxCall {
    this.#lastCall += 1;
    const call: ThreeCxCall = {
      id: this.#lastCall,
      historyId: randomUUID(),
      direction,
      number,
      segments: [],
    };
    this.calls.push(call);
    return call;
  }

  #addSegment(call: ThreeCxCall, start: SegmentStart): Segment {
    this.#lastSegment += 1;
    const segment: Segment = {
      dialed: undefined,
      referredBy: '',
      ...start,
      id: this.#lastSegment,
      participantId: this.#lastSegment - 8970,
      legId: call.segments.length + 1,
      historyId: call.segments.length === 0 ? call.historyId : randomUUID(),
      cdrId: randomUUID(),
      recordingId: this.operators.has(start.dn) ? this.#lastSegment - 8446 : undefined,
      startedAt: this.now(),
      liftedAt: undefined,
      answeredAt: undefined,
      endedAt: undefined,
      reason: '',
    };
    call.segments.push(segment);
    return segment;
  }

  /** Rings a phone for the customer of a call: an operator's, that of a queue's free agent, or one beyond the trunk. */
  #ring(call: ThreeCxCall, to: string, account: Pick<Segment, 'referredBy' | 'sourceDn'>): Segment {
    const { people, assumptions } = this.#site;
    const now = this.now();
    const queue = this.queues.find(({ number }) => number === to);
    const operator = queue ? this.#freeAgentOf(queue) : this.operators.get(to);
    const isOutside = !queue && !operator && to.length > 5;
    const segment = this.#addSegment(call, {
      dn: operator?.extension ?? queue?.number ?? '',
      deviceId: operator?.devices[0]?.id ?? '',
      isIncoming: true,
      party: call.number,
      dialed: isOutside ? assumptions.dialsAs(to) : undefined,
      ...account,
    });
    if (isOutside) segment.liftedAt = now;
    if (operator) meet(segment, fateOfOperator(this.#isReachable(operator), now, people));
    else if (queue) segment.answeredAt = now;
    else if (isOutside) meet(segment, fateOfNumber(to, now, people));
    else end(segment, now, 'Not Found');
    return segment;
  }

  #freeAgentOf({ agents }: ThreeCxQueue): ThreeCxOperator | undefined {
    return agents
      .flatMap((agent) => this.operators.get(agent) ?? [])
      .find(
        (operator) =>
          operator.queueStatus === 'LoggedIn' &&
          operator.devices.length > 0 &&
          !this.isBusy(operator.extension),
      );
  }

  #isReachable({ lifts, devices }: ThreeCxOperator): boolean {
    return lifts && devices.length > 0;
  }

  isBusy(dn: string): boolean {
    return this.calls.some(({ segments }) =>
      segments.some((segment) => segment.dn === dn && !isOver(segment, this.now())),
    );
  }
}
