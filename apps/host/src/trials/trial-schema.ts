import { featureNames, FeatureNameSchema } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { sampleInput } from './sample-input.ts';

/** A feature to try, and its input. */
export const TrialSchema = v.strictObject({
  feature: FeatureNameSchema,
  input: v.pipe(
    v.unknown(),
    v.description(
      `What the feature is given, which may have "parameters" too, but for recording. ${featureNames
        .filter((name) => name !== 'answeredCall')
        .map((name) => `${name}: \`${JSON.stringify(sampleInput(name))}\``)
        .join('. ')}.`,
    ),
  ),
});

export const exampleTrial = { feature: 'click2call', input: sampleInput('click2call') };
