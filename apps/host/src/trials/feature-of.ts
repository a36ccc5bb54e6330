import { TelephonyError, type Features } from '@finaz-telephony/core';
import type { TrialConnection } from './trial.ts';

/** @throws {TelephonyError} `feature_off` if the connection does not have the feature */
export function featureOf<Name extends keyof Features>(
  { name, adapter }: TrialConnection,
  feature: Name,
): NonNullable<Features[Name]> {
  const run = adapter.features[feature];
  if (run) return run;
  throw new TelephonyError({
    code: 'feature_off',
    message: `The connection "${name}" has no ${feature}.`,
    hint: `It has ${Object.keys(adapter.features).join(', ') || 'none'}.`,
  });
}
