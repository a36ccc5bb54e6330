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

const day = parseDayHours('08:00-20:00');
const callingHours = {
  weekdays: day,
  saturday: day,
  sunday: undefined,
  holidays: new Set<string>(),
};

it('the hours are those of whoever is called; when they begin is told by the clock of the company', async () => {
  await call({ callingHours }, '11', '2026-11-25T08:30:00-03:00');
  await expect(call({ callingHours }, '68', '2026-11-25T08:30:00-03:00')).rejects.toMatchObject({
    message: expect.stringContaining('from 2026-11-25 10:00 on'),
    problem: { rule: 'calling_hours', headers: { 'Retry-After': '5400' } },
  });
});
