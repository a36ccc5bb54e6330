import type { FeatureName } from '@finaz-telephony/core';

const changing: ReadonlySet<string> = new Set([
  'click2call',
  'transfer',
  'contactLoad',
  'contactClear',
] satisfies readonly FeatureName[]);

/** Whether a feature changes something at the telephone system. A feature that only reads is never in doubt, even if its answer was lost. */
export const changesSomething = (feature: string): boolean => changing.has(feature);
