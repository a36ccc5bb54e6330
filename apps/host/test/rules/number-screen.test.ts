import { afterEach, beforeEach, expect, it } from 'vitest';
import { openNumberScreen } from '../../src/rules/number-screen.ts';
import { NumberTally } from '../../src/rules/number-tally.ts';
import type { Rules } from '../../src/rules/rules.ts';
import { openResults } from '../support/open-results.ts';

const [called, worked, refused, other] = ['1', '2', '3', '4'].map((digit) => digit.repeat(32));
const hashes = [called, worked, refused, other].filter((hash) => hash !== undefined);

let opened: Awaited<ReturnType<typeof openResults>>;
beforeEach(async () => {
  opened = await openResults();
});
afterEach(() => opened.close());

/** The screen of a company with these rules: `called` was called twice today, `worked` is worked, and `list` is its do-not-call list. */
function screenOf(rules: Rules, list: readonly string[]) {
  const tally = new NumberTally();
  tally.add(worked ?? '');
  return openNumberScreen(
    {
      doNotCall: {
        isEmpty: async () => list.length === 0,
        among: async () => new Set(list),
        add: async () => 0,
        remove: async () => 0,
        find: async () => undefined,
        page: async () => ({ entries: [], next: undefined }),
      },
      history: {
        worked: async (tenant) => (tenant.rules.excludeWorked ? tally : undefined),
        dialedToday: async () => tally,
        calledToday: async () => (hash) => (hash === called ? 2 : 0),
      },
    },
    { ...opened.tenant, rules },
  );
}

it.each<[string, Rules, readonly string[], readonly (string | undefined)[]]>([
  ['no rule', {}, [], []],
  ['the calls of a day', { attemptsPerDay: 2 }, [], ['attempts_per_day']],
  ['more calls of a day than there were', { attemptsPerDay: 3 }, [], []],
  [
    'worked numbers',
    { excludeWorked: { outcomes: new Set(['answered']), withinMs: 1 } },
    [],
    [undefined, 'already_worked'],
  ],
  ['the list', {}, hashes.slice(2, 3), [undefined, undefined, 'do_not_call']],
])(
  'a number screen holds back exactly the numbers that its rules name, and is off only if it can hold back none: %s',
  async (_, rules, list, expected) => {
    const screen = await screenOf(rules, list);
    const reasons = (await screen.check(hashes)).map((held) => held?.reason);
    expect(reasons).toEqual(hashes.map((_hash, index) => expected[index]));
    const mayHold = Object.keys(rules).length + list.length > 0;
    expect(await screen.isOff()).toBe(!mayHold);
  },
);
