import { TelephonyError, type FetchRecording, type VendorAnswer } from '@finaz-telephony/core';
import { readCallId } from '../call-id.ts';
import type { PbxWork } from '../pbx.ts';
import { findOutbound, findSegments, findStored, isAnswered, type SoughtCall } from '../reports.ts';
import type { ThreeCxSettings } from '../settings.ts';

/** How long a recording may still come: the longest a call may last, and a little more, because it is there once the call has ended. */
const mayComeMs = 4 * 3_600_000;

/**
 * The recording of a call: found in the reports, then fetched by its own id.
 *
 * @param download fetches the audio by the recording's id at 3CX
 */
export function recording(settings: ThreeCxSettings, download: FetchRecording): FetchRecording {
  return async (input, context) => {
    const work: PbxWork = { settings, context, feature: 'recording' };
    const key = readCallId(input.callId);
    if (!key || key.startedAt === 0) throw noneOfOurs();
    const id = await recordingIdOf(work, { key, call: input.call });
    const isNew = context.now().getTime() - key.startedAt * 1000 < mayComeMs;
    if (id === undefined) throw isNew ? notYet() : notThere();
    try {
      return await download({ ...input, callId: id }, context);
    } catch (error) {
      // Long after the call, "not ready" means that the file was archived or deleted.
      if (!isNotReady(error) || isNew) throw error;
      throw notThere(error.vendor);
    }
  };
}

const isNotReady = (error: unknown): error is TelephonyError =>
  TelephonyError.isInstance(error) && error.code === 'not_ready';

/** Looks in three places, the most reliable first; the later ones know calls that the first does not. */
async function recordingIdOf(work: PbxWork, sought: SoughtCall): Promise<string | undefined> {
  const outbound = await findOutbound(work, sought);
  if (outbound?.RecordingId !== undefined) return outbound.RecordingId;
  for (const { DstRecId, SrcRecId, Recordings } of await findSegments(work, sought)) {
    const id = DstRecId ?? SrcRecId ?? Recordings.find(({ Id }) => Id !== undefined)?.Id;
    if (id !== undefined) return id;
  }
  // The call was not answered: a recording in the list would be that of the next call to this number.
  if (outbound && isAnswered(outbound) === false) throw notAnswered();
  return (await findStored(work, sought))?.Id;
}

function noneOfOurs(): TelephonyError {
  return new TelephonyError({
    code: 'not_found',
    feature: 'recording',
    message:
      'The call was not placed by click2call of this adapter, so its recording cannot be found.',
    hint: 'Look for it in the recordings of the admin console of 3CX.',
    delivery: 'not_sent',
  });
}

function notAnswered(): TelephonyError {
  return new TelephonyError({
    code: 'not_found',
    feature: 'recording',
    message: 'The call was not answered, so there is no recording.',
    vendor: { message: 'Unanswered' },
  });
}

function notYet(): TelephonyError {
  return new TelephonyError({
    code: 'not_ready',
    feature: 'recording',
    message: '3CX has no recording of this call yet.',
    hint: 'It comes some time after the call has ended; ask again. Where none ever comes, look whether calls of this extension are recorded.',
  });
}

function notThere(vendor?: VendorAnswer): TelephonyError {
  return new TelephonyError({
    code: 'not_found',
    feature: 'recording',
    message: '3CX has no recording of this call.',
    hint: 'Look whether calls of this extension are recorded, and whether the recording was archived or deleted.',
    vendor,
  });
}
