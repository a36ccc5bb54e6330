import { subjectOf } from '../exchanges/exchange-log.ts';
import { personalNumbers } from '../exchanges/personal-values.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { openAudio, type PastEnd, type OpenRecording } from './audio-answer.ts';
import { boundFeature } from '../tenants/bound-feature.ts';
import { runMeasured, type MeasuredWorkplace } from '../adapter-work/in-context.ts';
import type { KnownCalls } from './known-calls.ts';

export interface RecordingDependencies extends MeasuredWorkplace {
  readonly knownCalls: KnownCalls;
}

/**
 * Too few bytes to tell whether they are audio. Safari asks for the first two of every recording, to see whether ranges are supported: they are cut out of the
 * whole recording here.
 */
const tooShort = /^bytes=0-(?:\d|10)$/;

/**
 * Whether to pass a range on to the vendor. The answer to several ranges would not be audio, and a header that is not a range of bytes is to be ignored (RFC
 * 9110, section 14.2).
 */
function mayBeAsked(range: string): boolean {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === undefined || last === undefined || tooShort.test(range)) return false;
  if (first === '') return last !== '';
  return last === '' || Number(first) <= Number(last);
}

/**
 * Asks the vendor for a recording and looks at its beginning: an error page, however it is labelled, never passes as audio.
 *
 * `signal` is aborted when the listener leaves; the request to the vendor then ends too.
 */
export async function openRecording(
  dependencies: RecordingDependencies,
  tenant: Tenant,
  callId: string,
  range: string | undefined,
  signal: AbortSignal,
): Promise<OpenRecording | PastEnd> {
  const feature = boundFeature(tenant, 'recording');
  const call = await dependencies.knownCalls.find(tenant, callId);
  return runMeasured(
    dependencies,
    feature,
    {
      tenant,
      personal: personalNumbers(call),
      signal,
      about: () => subjectOf(tenant.cipher, { ...call, callId }),
    },
    async (context) => {
      const asked = range !== undefined && mayBeAsked(range) ? { range } : {};
      const input = { callId, ...(call && { call }), ...asked };
      const response = await feature.run(input, context);
      return openAudio(response, range, feature.connection.limits.timeoutMs);
    },
  );
}
