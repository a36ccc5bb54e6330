import * as v from 'valibot';

/** The seven features of the manual. A tenant enables each one on its own and binds it to a connection. */
export const featureNames = [
  'click2call',
  'contactLoad',
  'contactClear',
  'answeredCall',
  'dialerResults',
  'recording',
  'transfer',
] as const;

export const FeatureNameSchema = v.picklist(featureNames);
/** One of the seven features of the manual. */
export type FeatureName = v.InferOutput<typeof FeatureNameSchema>;
