import type { Adapter } from './adapter.ts';
import type { Finding } from './diagnosis.ts';
import { wellFormedError } from './errors/well-formed-error.ts';
import { TelephonyError } from './errors/telephony-error.ts';
import type { ContactLoad } from './features/contact-load.ts';
import type { DialerResults, ReportedAttempt } from './features/dialer-results.ts';
import type { FeatureName } from './features/feature-name.ts';
import type { AdapterFeatures } from './features/features.ts';
import { paged, pagesOf } from './features/paged.ts';
import { resultFault, type ResultName } from './result-faults.ts';

/**
 * The same adapter, with everything that it returns and throws checked, for authors who write without types. Otherwise a wrong result would show only far from
 * the adapter: a rejected contact whose id is a number instead of a text would count as loaded.
 */
export function checkedAdapter(adapter: Adapter): Adapter {
  const { checkCredentials, followCall, diagnose } = adapter;
  return {
    features: checkedFeatures(adapter.features),
    ...(checkCredentials && {
      checkCredentials: async (context) => {
        await settled(async () => checkCredentials.call(adapter, context));
      },
    }),
    ...(followCall && {
      followCall: checked('followCall', undefined, (input, context) =>
        followCall.call(adapter, input, context),
      ),
    }),
    ...(diagnose && {
      diagnose: (context) => checkedFindings(() => diagnose.call(adapter, context)),
    }),
  };
}

function checkedFeatures(given: AdapterFeatures): AdapterFeatures {
  const { click2call, transfer, recording, contactClear, contactLoad, answeredCall } = given;
  return {
    ...(click2call && { click2call: checked('click2call', 'click2call', click2call) }),
    ...(transfer && { transfer: checked('transfer', 'transfer', transfer) }),
    ...(recording && { recording: checked('recording', 'recording', recording) }),
    ...(contactClear && { contactClear: checked('contactClear', 'contactClear', contactClear) }),
    ...(contactLoad && { contactLoad: checkedLoad(contactLoad) }),
    ...(given.dialerResults && { dialerResults: checkedResults(given.dialerResults) }),
    ...(answeredCall && {
      answeredCall: checked('answeredCall', 'answeredCall', answeredCall),
    }),
  };
}

function checked<Input extends readonly unknown[], Result>(
  name: ResultName,
  feature: FeatureName | undefined,
  work: (...input: Input) => Promise<Result>,
): (...input: Input) => Promise<Result> {
  return async (...input) => {
    const result = await settled(() => work(...input));
    const fault = resultFault(name, result);
    if (fault !== undefined) throw notAResult(name, feature, fault);
    return result;
  };
}

/** An adapter written without types may throw at once, instead of returning a promise that rejects. */
async function settled<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    throw wellFormedError(thrown);
  }
}

/** It is not known what the adapter sent before it returned this result, so the delivery is `unknown`: nothing is sent again. */
function notAResult(name: ResultName, feature: FeatureName | undefined, fault: string) {
  return new TelephonyError({
    code: 'internal',
    message: `The adapter has a defect: its ${name} returned an invalid result (${fault}).`,
    hint: 'Tell its author; the conformance suite shows it.',
    ...(feature && { feature }),
    delivery: 'unknown',
  });
}

/** A finding without a message, or with an unknown state, would look as if all were well. */
async function* checkedFindings(diagnose: () => AsyncIterable<Finding>): AsyncGenerator<Finding> {
  try {
    for await (const finding of diagnose()) {
      const fault = resultFault('diagnose', finding);
      if (fault !== undefined) throw notAResult('diagnose', undefined, fault);
      yield finding;
    }
  } catch (thrown) {
    throw wellFormedError(thrown);
  }
}

function checkedLoad(load: ContactLoad): ContactLoad {
  const { unit, repeatable, batch, mostPhones } = load;
  const { prepare, find, activate, keepDialing, deactivate } = load;
  const step = <Input extends readonly unknown[], Result>(
    name: ResultName,
    work: (...input: Input) => Promise<Result>,
  ) => checked(name, 'contactLoad', work);
  return {
    unit,
    repeatable,
    ...(batch && { batch }),
    ...(mostPhones !== undefined && { mostPhones }),
    send: step('contactLoad.send', (input, context) => load.send(input, context)),
    ...(prepare && { prepare: step('contactLoad.prepare', prepare.bind(load)) }),
    ...(find && { find: step('contactLoad.find', find.bind(load)) }),
    ...(activate && { activate: step('contactLoad.activate', activate.bind(load)) }),
    ...(keepDialing && { keepDialing: step('contactLoad.keepDialing', keepDialing.bind(load)) }),
    ...(deactivate && {
      deactivate: async (mailing, context) => {
        await settled(async () => deactivate.call(load, mailing, context));
      },
    }),
  };
}

/** Only errors are checked here. Each attempt is checked where it is stored, so that an unusable one does not keep the others from being read. */
function checkedResults(results: DialerResults): DialerResults {
  return {
    read: (input, context) => paged(() => withFormedErrors(() => results.read(input, context))),
    outcomeOf: (status) => results.outcomeOf(status),
  };
}

async function* withFormedErrors(
  read: () => AsyncIterable<ReportedAttempt>,
): AsyncGenerator<Iterable<ReportedAttempt>> {
  try {
    for await (const page of pagesOf(read())) yield formedErrorsIn(page);
  } catch (thrown) {
    throw wellFormedError(thrown);
  }
}

function* formedErrorsIn(page: Iterable<ReportedAttempt>): Generator<ReportedAttempt> {
  try {
    yield* page;
  } catch (thrown) {
    throw wellFormedError(thrown);
  }
}
