import type { FeatureName } from '@finaz-telephony/core';
import { invalidRequest } from '../http/request-error.ts';
import { click2callTrial, recordingTrial, transferTrial } from './call-trials.ts';
import { contactClearTrial, contactLoadTrial, dialerResultsTrial } from './dialer-trials.ts';
import type { CallLookup, Trial, TrialConnection } from './trial.ts';

type Prepare = (
  connection: TrialConnection,
  input: unknown,
  known: CallLookup,
) => Trial | Promise<Trial>;

const prepared: Readonly<Record<FeatureName, Prepare>> = {
  click2call: click2callTrial,
  transfer: transferTrial,
  recording: recordingTrial,
  contactClear: contactClearTrial,
  contactLoad: contactLoadTrial,
  dialerResults: dialerResultsTrial,
  answeredCall() {
    throw invalidRequest([
      {
        path: 'feature',
        message:
          'answeredCall begins at the telephone system; have "reply" read a sample of its request instead',
      },
    ]);
  },
};

/**
 * Checks the input of a feature and prepares the feature to be run with it.
 *
 * @throws {TelephonyError} `feature_off` if the connection does not have it
 * @throws {RequestError} naming what is wrong with the input
 */
export async function prepareTrial(
  connection: TrialConnection,
  feature: FeatureName,
  input: unknown,
  known: CallLookup,
): Promise<Trial> {
  return prepared[feature](connection, input, known);
}
