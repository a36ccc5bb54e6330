import type { AdapterContext } from '../context.ts';
import type { CallId } from '../values/identifiers.ts';
import type { KnownCall } from '../values/known-call.ts';

/** The recording to fetch. */
export interface RecordingInput {
  readonly callId: CallId;
  /** What the host knows of the call: vendors look recordings up by date, extension or number too. */
  readonly call?: KnownCall;
  /** The listener's `Range` header, for example `bytes=1000-`, for vendors that understand it. */
  readonly range?: string;
}

/**
 * Fetches the recording of a call (manual: Download Gravação).
 *
 * Resolves with the audio as a streamed `Response`: status 200, or 206 with `Content-Range` if `range` was given and honoured, or 416 if `range` begins after
 * the end; `Content-Type` and, if known, `Content-Length` describe the audio. The host checks the first bytes, serves `Range` itself if the vendor does not,
 * and aborts `context.signal` when the listener leaves.
 *
 * @throws {TelephonyError} `not_found` when there is none, `not_ready` when it will come later.
 */
export type FetchRecording = (input: RecordingInput, context: AdapterContext) => Promise<Response>;
