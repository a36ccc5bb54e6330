import { TelephonyError } from '../../errors/telephony-error.ts';
import { withUnknownDelivery } from '../../errors/unknown-delivery.ts';
import type { FeatureName } from '../../features/feature-name.ts';
import type { StepSettings } from './exchange-settings.ts';
import { unreadable } from './outcome-rules.ts';
import type { RepliedScope } from '../language/scope.ts';
import type { RunStep, StepsResult } from './steps-template.ts';
import { wait } from './wait.ts';

type RepeatSettings = NonNullable<StepSettings['repeat']>;

/** A condition on an answer. */
export type Condition = (scope: RepliedScope) => boolean;

/** The pause between two requests of a repeat whose pauses grow. */
const longestPauseMs = 60_000;

/** Polls until the condition holds, or the answer says that it never will. */
export function repeatedly(
  repeat: RepeatSettings,
  once: RunStep,
  { until, failed }: { readonly until: Condition; readonly failed: Condition | undefined },
  feature: FeatureName | undefined,
): RunStep {
  const goesOn = repeat.otherwise === 'goOn';
  return async (scope, context, limits) => {
    const end = performance.now() + repeat.atMost * 1000;
    let pause = repeat.every * 1000;
    let latest: StepsResult | undefined;
    for (;;) {
      const result = await once(scope, context, limits).catch((error: unknown) => {
        if (!goesOn || !TelephonyError.isInstance(error)) throw error;
        // The id of an accepted call is being looked up: failing to find it is not a failure of the call.
        if (performance.now() < end) return undefined;
        // Nor is running out of time: the call itself was accepted.
        throw withUnknownDelivery(error);
      });
      if (result && until(result.scope)) return result;
      if (result && failed?.(result.scope)) {
        throw unreadable(
          result.scope.reply,
          feature,
          'The telephone system says that what was waited for will not come.',
        );
      }
      latest = result ?? latest;
      if (performance.now() + pause > end) return timeIsOver(latest, repeat, feature);
      await wait(pause, context.signal);
      pause = repeat.grows ? Math.min(pause * 2, longestPauseMs) : pause;
    }
  };
}

function timeIsOver(
  latest: StepsResult | undefined,
  repeat: RepeatSettings,
  feature: FeatureName | undefined,
): StepsResult {
  if (latest && repeat.otherwise === 'goOn') {
    return { ...latest, captures: {}, isComplete: false };
  }
  throw new TelephonyError({
    code: 'timeout',
    message: `The condition "until" did not hold within ${repeat.atMost} s.`,
    hint: 'Look at the answers in the log of exchanges: the condition "until" may not fit them.',
    delivery: 'unknown',
    ...(feature && { feature }),
  });
}
