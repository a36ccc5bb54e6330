import { afterEach, beforeEach, expect, it } from 'vitest';
import { phoneToDial } from '../../src/calls/place-call.ts';
import { createCallTurns } from '../../src/calls/call-turns.ts';
import { createCallGuard } from '../../src/rules/call-guard.ts';
import { parseDayHours } from '../../src/rules/calling-hours.ts';
import { createDoNotCallStore } from '../../src/rules/do-not-call-store.ts';
import { createNumberHistory } from '../../src/rules/number-history.ts';
import type { Rules } from '../../src/rules/rules.ts';
import { openResults } from '../support/open-results.ts';

let opened: Awaited<ReturnType<typeof openResults>>;
beforeEach(async () => {
  opened = await openResults();
});
afterEach(() => opened.close());

/** An operator in São Paulo calls a number of this area code. */
function call(rules: Rules, areaCode: string, at: string): Promise<void> {
  const { store, statuses, tenant } = opened;
  const now = () => Date.parse(at);
  const guard = createCallGuard({
    doNotCall: createDoNotCallStore(store, now),
    history: createNumberHistory(store, statuses, now),
    turns: createCallTurns(store, now),
    now,
  });
  return guard.check({ ...tenant, rules }, phoneToDial({ areaCode, number: '99999-8888' }));
}

/** Operators who call one number, which may be called so often a day; a call counts once it is written down. */
function callers(attemptsPerDay: number) {
  const { store, tenant } = opened;
  const now = () => Date.parse('2026-11-25T12:00:00-03:00');
  let written = 0;
  const guard = createCallGuard({
    doNotCall: createDoNotCallStore(store, now),
    history: {
      worked: async () => undefined,
      dialedToday: () => Promise.reject(new Error('nobody asks for it')),
      calledToday: async () => () => written,
    },
    turns: createCallTurns(store, now),
    now,
  });
  const phone = phoneToDial({ areaCode: '41', number: '99999-8888' });
  return {
    written: () => written,
    admit: (extension: string, write: () => Promise<unknown> = () => Promise.resolve()) =>
      guard.admit({ ...tenant, rules: { attemptsPerDay } }, { phone, extension }, async () => {
        await write();
        written += 1;
        return true;
      }),
  };
}

it('a third call to a number waits until the second one is written down, even if the first one already is, and then exceeds a limit of two', async () => {
  const { admit, written } = callers(2);
  const writing = Promise.withResolvers<undefined>();
  const first = admit('1001');
  const second = admit('1002', () => writing.promise);
  await first;
  const third = admit('1003').catch((error: unknown) => error);
  writing.resolve(undefined);
  await second;
  expect(await third).toMatchObject({ problem: { rule: 'attempts_per_day' } });
  expect(written()).toBe(2);
});

it('a call is let through if the call to the number at the same moment could not be written down', async () => {
  const { admit, written } = callers(1);
  const first = admit('1001', () => Promise.reject(new Error('the store is away')));
  const second = admit('1002');
  await expect(first).rejects.toThrow('the store is away');
  await second;
  expect(written()).toBe(1);
});

const day = parseDayHours('08:00-20:00');
const callingHours = {
  weekdays: day,
  saturday: day,
  sunday: undefined,
  holidays: new Set<string>(),
};

it("calling hours are those of the called number, and a refusal says in the company's local time when they begin", async () => {
  await call({ callingHours }, '11', '2026-11-25T08:30:00-03:00');
  await expect(call({ callingHours }, '68', '2026-11-25T08:30:00-03:00')).rejects.toMatchObject({
    message: expect.stringContaining('from 2026-11-25 10:00 on'),
    problem: { rule: 'calling_hours', headers: { 'Retry-After': '5400' } },
  });
});
