import {
  featureNames,
  specificationVersion,
  TelephonyError,
  type Adapter,
  type AdapterContext,
} from '@finaz-telephony/core';
import { createTestContext } from '../test-context.ts';
import {
  adapterOf,
  always,
  demand,
  failureOf,
  has,
  type ConformanceCheck,
  untilGivenUpMs,
} from './check.ts';
import { mostRequests } from './interposed.ts';
import { failureChecks } from './failure-checks.ts';
import { loadedChecks } from './loaded-checks.ts';
import { worksOf } from './works.ts';
import { eventChecks } from './event-checks.ts';
import { asideChecks } from './aside-checks.ts';
import { loginChecks } from './login-checks.ts';
import { mailingChecks } from './mailing-checks.ts';
import { recordingChecks } from './recording-checks.ts';
import { sendingChecks } from './sending-checks.ts';
import { statusChecks } from './status-checks.ts';
import { unmarkedCredential } from './unmarked-credential.ts';
import { callInput, connectedTransferInput, phone, transferInput } from './subject.ts';

async function placeCall(adapter: Adapter, context: AdapterContext = createTestContext()) {
  const { click2call } = adapter.features;
  demand(click2call !== undefined, 'the adapter has no click2call');
  return click2call(callInput, context);
}

/** A context whose way out closes after so many requests. */
function closingContext(open: number): AdapterContext {
  const context = createTestContext();
  let left = open;
  return {
    ...context,
    fetch(url, init) {
      left -= 1;
      return left >= 0
        ? context.fetch(url, init)
        : Promise.reject(
            new TelephonyError({ code: 'network', message: 'no way out', delivery: 'not_sent' }),
          );
    },
  };
}

function asTelephonyError(thrown: unknown): TelephonyError {
  demand(TelephonyError.isInstance(thrown), 'a call without a way out threw no TelephonyError');
  return thrown;
}

function demandDiscretion(error: TelephonyError): void {
  for (const part of ['message', 'hint'] as const) {
    demand(
      !error[part]?.includes(phone.number),
      `the ${part} of the error repeats the telephone number`,
    );
  }
}

/** For an adapter that stops waiting when it is told to, it is a moment. */
const longestEndMs = 1000;

/** How work ends, or that it does not. */
async function endOf(work: Promise<unknown>): Promise<'success' | 'ended' | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), longestEndMs);
  });
  try {
    return await Promise.race([
      work.then(
        () => 'success' as const,
        () => 'ended' as const,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** All rules, in the order in which an author meets them. */
export const conformanceChecks: readonly ConformanceCheck[] = [
  {
    name: 'speaks the version of the contract that this suite checks',
    applies: always,
    async run(subject) {
      demand(
        subject.specificationVersion === specificationVersion,
        `specificationVersion is ${subject.specificationVersion}`,
      );
      demand(
        /^[a-z0-9][a-z0-9-]*$/.test(subject.id),
        `the id ${JSON.stringify(subject.id)} is not lower case with "-"`,
      );
    },
  },
  {
    name: 'has features under the names of the contract only, and one at least',
    applies: always,
    async run(subject, vendor) {
      const names = Object.keys(adapterOf(subject, vendor).features);
      demand(names.length > 0, 'the adapter has no feature');
      for (const name of names)
        demand(
          featureNames.some((known) => known === name),
          `there is no feature "${name}"`,
        );
    },
  },
  {
    name: 'refuses settings that it does not know',
    applies: always,
    async run(subject, vendor) {
      const settings = subject.settings(vendor.url);
      demand(typeof settings === 'object' && settings !== null, 'settings are an object');
      demand(
        !subject.accepts({ ...settings, notASetting: true }),
        'a key that nobody knows was taken without a word; use v.strictObject',
      );
    },
  },
  {
    name: 'marks its credentials as secrets',
    applies: always,
    async run(subject, vendor) {
      const place = unmarkedCredential(
        subject.schema,
        subject.settings(vendor.url),
        subject.settingsWithWrongCredentials(vendor.url),
      );
      demand(
        place === undefined,
        `settings.${place ?? ''} decides whether the vendor lets anybody in, and is not marked: write secret() for its schema, or documents hold it in plain words`,
      );
    },
  },
  {
    name: 'makes an adapter without sending anything',
    applies: always,
    async run(subject, vendor) {
      const before = vendor.requestCount();
      adapterOf(subject, vendor);
      demand(vendor.requestCount() === before, 'create() sent a request');
    },
  },
  {
    name: 'tells right credentials from wrong ones',
    applies: (adapter) => adapter.checkCredentials !== undefined,
    async run(subject, vendor) {
      await adapterOf(subject, vendor).checkCredentials?.(createTestContext());
      const wrong = subject.make(subject.settingsWithWrongCredentials(vendor.url));
      const error = await failureOf(
        Promise.resolve(wrong.checkCredentials?.(createTestContext())),
        'a check with wrong credentials',
      );
      demand(
        error.code === 'auth_failed',
        `wrong credentials end in ${error.code}, not in auth_failed`,
      );
    },
  },
  {
    name: 'click2call places a call and gives its id',
    applies: has('click2call'),
    async run(subject, vendor) {
      const { callId } = await placeCall(adapterOf(subject, vendor));
      demand(
        callId === null || (typeof callId === 'string' && callId !== ''),
        `the call id is ${JSON.stringify(callId) ?? 'not there'}; it is a text, or null for "accepted, id unknown"`,
      );
    },
  },
  {
    name: 'click2call goes out through the context only',
    applies: has('click2call'),
    async run(subject, vendor) {
      const adapter = adapterOf(subject, vendor);
      const before = vendor.requestCount();
      await failureOf(placeCall(adapter, closingContext(0)), 'a call without a way out');
      demand(
        vendor.requestCount() === before,
        'a request reached the vendor by another way than context.fetch',
      );
    },
  },
  {
    name: 'click2call never says that nothing was sent once a request for it has left',
    applies: has('click2call'),
    async run(subject, vendor) {
      const count = vendor.callRequestCount;
      if (count === undefined) return;
      // The way out closes after the first request, after the second, and so on: one of them lies between two that place the call.
      for (let open = 1; open <= mostRequests; open += 1) {
        const before = count();
        const error = await placeCall(adapterOf(subject, vendor), closingContext(open)).then(
          () => undefined,
          asTelephonyError,
        );
        if (error === undefined) return;
        demand(
          count() === before || error.delivery !== 'not_sent',
          'a later request of the call could not be sent, and the error says not_sent of the whole, so the call would be placed again; pass it through afterSending(error)',
        );
      }
    },
  },
  {
    name: "click2call keeps the vendor's own words when it is refused",
    applies: has('click2call'),
    async run(subject, vendor) {
      const { words } = vendor.refuseCalls();
      const error = await failureOf(placeCall(adapterOf(subject, vendor)), 'a refused call');
      demand(error.code === 'refused', `a refusal ends in ${error.code}`);
      demand(
        JSON.stringify(error.vendor ?? {}).includes(words),
        `the error does not hold the vendor's words (${words})`,
      );
      demandDiscretion(error);
    },
  },
  {
    name: 'click2call is not repeated when no answer comes, and may have happened',
    applies: has('click2call'),
    async run(subject, vendor) {
      vendor.misbehave({ kind: 'hang' });
      const count = vendor.callRequestCount ?? vendor.requestCount;
      const before = count();
      const error = await failureOf(
        placeCall(adapterOf(subject, vendor), createTestContext({ timeoutMs: untilGivenUpMs })),
        'a call without answer',
      );
      demand(error.code === 'timeout', `no answer ends in ${error.code}, not in timeout`);
      demand(
        error.delivery === 'unknown',
        `delivery is ${error.delivery}; whether it happened is unknown`,
      );
      demand(count() - before === 1, `the vendor got ${count() - before} requests for one call`);
      demandDiscretion(error);
    },
  },
  {
    name: 'click2call tells a vendor that is not there from one that does not answer',
    applies: has('click2call'),
    async run(subject, vendor) {
      const adapter = adapterOf(subject, vendor);
      await vendor.close();
      const error = await failureOf(placeCall(adapter), 'a call to a vendor that is not there');
      demand(error.code === 'network', `no connection ends in ${error.code}, not in network`);
      demand(error.delivery === 'not_sent', `delivery is ${error.delivery}; nothing was sent`);
    },
  },
  {
    name: 'click2call never takes a page for an answer',
    applies: has('click2call'),
    async run(subject, vendor) {
      for (const kind of ['html', 'brokenJson', 'deepJson'] as const) {
        vendor.misbehave({ kind });
        await failureOf(placeCall(adapterOf(subject, vendor)), `a call answered with ${kind}`);
      }
    },
  },
  {
    name: 'click2call ends as soon as nobody waits any more',
    applies: has('click2call'),
    async run(subject, vendor) {
      vendor.misbehave({ kind: 'hang' });
      const leaving = new AbortController();
      const call = placeCall(
        adapterOf(subject, vendor),
        createTestContext({ signal: leaving.signal, timeoutMs: 10_000 }),
      );
      leaving.abort(new Error('nobody waits'));
      const ended = await endOf(call);
      demand(ended === 'ended', 'the call went on');
    },
  },
  {
    name: 'transfer hands over the call that the extension has',
    applies: has('transfer'),
    async run(subject, vendor) {
      const input = connectedTransferInput(vendor);
      const result = await adapterOf(subject, vendor).features.transfer?.(
        input,
        createTestContext(),
      );
      demand(result?.status === 'accepted', 'an accepted transfer does not say "accepted"');
    },
  },
  {
    name: 'transfer is refused where there is no call',
    applies: has('transfer'),
    async run(subject, vendor) {
      const { transfer } = adapterOf(subject, vendor).features;
      const error = await failureOf(
        Promise.resolve(transfer?.(transferInput, createTestContext())),
        'a transfer without a call',
      );
      demand(error.code === 'refused' || error.code === 'not_found', `it ends in ${error.code}`);
    },
  },
  {
    name: 'recording gives audio, and no audio where there is none',
    applies: has('recording'),
    async run(subject, vendor) {
      const { recording } = adapterOf(subject, vendor).features;
      const { existing, missing } = vendor.recordings();
      const response = await recording?.({ callId: existing }, createTestContext());
      const start = Buffer.from((await response?.arrayBuffer()) ?? new ArrayBuffer(0)).subarray(
        0,
        4,
      );
      demand(start.toString('latin1') === 'RIFF', 'the recording does not begin like audio');
      const error = await failureOf(
        Promise.resolve(recording?.({ callId: missing }, createTestContext())),
        'a recording that is not there',
      );
      demand(error.code === 'not_found' || error.code === 'not_ready', `it ends in ${error.code}`);
    },
  },
  {
    name: 'recording never passes a page off as audio',
    applies: has('recording'),
    async run(subject, vendor) {
      const { existing } = vendor.recordings();
      vendor.misbehave({ kind: 'html' });
      await failureOf(
        Promise.resolve(
          adapterOf(subject, vendor).features.recording?.(
            { callId: existing },
            createTestContext(),
          ),
        ),
        'a page instead of a recording',
      );
    },
  },
  {
    name: 'contactClear may be repeated: an empty queue is a success',
    applies: has('contactClear'),
    async run(subject, vendor) {
      const { contactClear } = adapterOf(subject, vendor).features;
      await contactClear?.({ queue: '7', parameters: {} }, createTestContext());
      await contactClear?.({ queue: '7', parameters: {} }, createTestContext());
    },
  },
  {
    name: 'everything that waits for the vendor ends as soon as nobody waits any more',
    applies: always,
    async run(subject, vendor) {
      const works = worksOf(adapterOf(subject, vendor), vendor.recordings().existing);
      vendor.misbehave({ kind: 'hang' });
      for (const [name, start] of Object.entries(works)) {
        const leaving = new AbortController();
        const work = start(createTestContext({ signal: leaving.signal, timeoutMs: 10_000 }));
        leaving.abort(new Error('nobody waits'));
        if (work) demand((await endOf(work)) !== 'late', `${name} went on`);
      }
    },
  },
  {
    name: 'nothing goes out by another way than the context',
    applies: always,
    async run(subject, vendor) {
      const works = worksOf(adapterOf(subject, vendor), vendor.recordings().existing);
      for (const [name, start] of Object.entries(works)) {
        const before = vendor.requestCount();
        // How it ends is no matter here.
        await start(closingContext(0))?.catch(() => undefined);
        demand(
          vendor.requestCount() === before,
          `${name}: a request reached the vendor by another way than context.fetch`,
        );
      }
    },
  },
  ...sendingChecks,
  ...recordingChecks,
  ...loginChecks,
  ...asideChecks,
  ...failureChecks,
  ...statusChecks,
  ...mailingChecks,
  ...loadedChecks,
  ...eventChecks,
];
