import type { DialablePhone } from '@finaz-telephony/core';
import { Temporal } from 'temporal-polyfill';
import { RequestError } from '../http/request-error.ts';
import type { BeginInTurn, CallTurns } from '../calls/call-turns.ts';
import { wishToCall } from '../calls/wish.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { opensAt, startOfDay } from './calling-hours.ts';
import type { DoNotCallStore } from './do-not-call-store.ts';
import type { NumberHistory } from './number-history.ts';

/** A call that an operator wants to place. */
export interface CallToPlace {
  readonly phone: DialablePhone;
  readonly extension: string;
}

/** Checks an operator's call against the rules of the company before anything is sent. */
export interface CallGuard {
  /** @throws {RequestError} `not_allowed` naming the rule */
  readonly check: (tenant: Tenant, phone: DialablePhone) => Promise<void>;
  /**
   * Checks a call, then runs `begin`, which stores it. If two calls to one number come at once, the second is checked after the first is counted.
   *
   * @throws {RequestError} `not_allowed` naming the rule
   * @throws {ClickedElsewhere}
   */
  readonly admit: (tenant: Tenant, call: CallToPlace, begin: BeginInTurn) => Promise<void>;
}

export interface CallGuardDependencies {
  readonly doNotCall: DoNotCallStore;
  readonly history: NumberHistory;
  readonly turns: CallTurns;
  readonly now: () => number;
}

export function createCallGuard({
  doNotCall,
  history,
  turns,
  now,
}: CallGuardDependencies): CallGuard {
  async function callsToday(tenant: Tenant, { e164 }: DialablePhone): Promise<number> {
    const hash = tenant.cipher.hash(e164);
    const called = await history.calledToday(tenant, [hash]);
    return called(hash);
  }

  async function check(tenant: Tenant, phone: DialablePhone): Promise<void> {
    const { attemptsPerDay } = tenant.rules;
    checkHours(tenant, phone, now());
    if (await doNotCall.find(tenant, phone.e164)) {
      throw notAllowed('do_not_call', 'The number is on the do-not-call list of the company.');
    }
    if (attemptsPerDay !== undefined && (await callsToday(tenant, phone)) >= attemptsPerDay) {
      throw notAllowed(
        'attempts_per_day',
        `The number was called as often today as the company allows (${attemptsPerDay} times).`,
        startOfDay(now(), tenant.timeZone, 1) - now(),
      );
    }
  }

  /** Calls that are being checked and stored, by company and number. */
  const onTheirWay = new Map<string, Promise<void>>();

  return {
    check,
    async admit(tenant, call, begin) {
      const { phone, extension } = call;
      const admitted = () =>
        turns.take(tenant, wishToCall(extension, phone), async (turn) => {
          await check(tenant, phone);
          return begin(turn);
        });
      // Calls have to wait for each other only if they are counted.
      if (tenant.rules.attemptsPerDay === undefined) return admitted();
      const key = `${tenant.id} ${phone.e164}`;
      const turn = (onTheirWay.get(key) ?? Promise.resolve()).then(admitted, admitted);
      onTheirWay.set(key, turn);
      try {
        await turn;
      } finally {
        if (onTheirWay.get(key) === turn) onTheirWay.delete(key);
      }
    },
  };
}

function checkHours(tenant: Tenant, phone: DialablePhone, at: number): void {
  const { callingHours } = tenant.rules;
  if (!callingHours) return;
  const opens = opensAt(callingHours, [phone.areaCode], at);
  if (opens === at) return;
  const when =
    opens === undefined
      ? 'The rules of the company have no hours for it within two weeks.'
      : `It may be called from ${clockOf(opens, tenant.timeZone)} on.`;
  throw notAllowed(
    'calling_hours',
    `It is outside the calling hours of the area code ${phone.areaCode}. ${when}`,
    opens === undefined ? undefined : opens - at,
  );
}

/** A moment in the company's time zone: `2026-11-25 08:00`. */
function clockOf(at: number, timeZone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  return local.toPlainDateTime().toString({ smallestUnit: 'minute' }).replace('T', ' ');
}

function notAllowed(
  rule: 'calling_hours' | 'attempts_per_day' | 'do_not_call',
  detail: string,
  retryAfterMs?: number,
): RequestError {
  return new RequestError(422, 'not_allowed', `Nothing was dialed. ${detail}`, {
    rule,
    hint: 'The rules are those of the tenant document (rules) and of its do-not-call list.',
    ...(retryAfterMs !== undefined && {
      headers: { 'Retry-After': String(Math.ceil(retryAfterMs / 1000)) },
    }),
  });
}
