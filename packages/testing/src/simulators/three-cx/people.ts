import { fateOf, type CallEnd } from '../../vendor-server/telephony.ts';

/** How long people at their phones take, by the clock of the PBX. */
export interface ThreeCxPeople {
  readonly operatorLiftsAfterMs: number;
  readonly customerAnswersAfterMs: number;
  /** How long a phone rings that nobody picks up. */
  readonly ringsForMs: number;
  /** How long customers talk before they hang up; without it somebody else ends the call. */
  readonly customerTalksForMs: number | undefined;
}

export const usualPeople: ThreeCxPeople = {
  operatorLiftsAfterMs: 2000,
  customerAnswersAfterMs: 6000,
  ringsForMs: 30_000,
  customerTalksForMs: undefined,
};

/** The outcome of a ringing phone, and the words for it in the call log. The words are guesses. */
export interface Fate {
  readonly answeredAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly reason: string;
}

/** The last two digits of the number decide, as everywhere in this package. */
export function fateOfNumber(number: string, from: number, people: ThreeCxPeople): Fate {
  const over = (afterMs: number, reason: string): Fate => ({
    answeredAt: undefined,
    endedAt: from + afterMs,
    reason,
  });
  const answered = (): Fate => {
    const answeredAt = from + people.customerAnswersAfterMs;
    const { customerTalksForMs: talks } = people;
    return {
      answeredAt,
      endedAt: talks === undefined ? undefined : answeredAt + talks,
      reason: `Terminated by ${number}`,
    };
  };
  const fates: Readonly<Record<CallEnd, () => Fate>> = {
    answered,
    machine: answered,
    busy: () => over(1500, 'Busy'),
    no_answer: () => over(people.ringsForMs, 'No Answer'),
    invalid: () => over(500, 'Not Found'),
    refused: () => over(people.customerAnswersAfterMs, 'Rejected'),
    carrier_fault: () => over(500, 'Service Unavailable'),
    abandoned: () => over(people.customerAnswersAfterMs, 'Cancelled'),
  };
  return fates[fateOf(number)]();
}

/** An operator's phone, which is picked up or not. */
export function fateOfOperator(lifts: boolean, from: number, people: ThreeCxPeople): Fate {
  return lifts
    ? { answeredAt: from + people.operatorLiftsAfterMs, endedAt: undefined, reason: '' }
    : { answeredAt: undefined, endedAt: from + people.ringsForMs, reason: 'No Answer' };
}
