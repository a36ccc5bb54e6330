import { TelephonyError, type FetchRecording } from '@finaz-telephony/core';
import { askAri, authorization, type AriWork } from '../ari.ts';
import { safeCallId } from '../safe-text.ts';
import type { AsteriskSettings } from '../settings.ts';

const limits = { timeoutMs: 30 * 60_000, maxResponseBytes: 2 * 1024 ** 3 };
/** Bytes of a WAV header. The file of a call that was never connected has nothing else. */
const headLength = 44;
/** The word "data", which precedes the length of the audio. */
const dataChunk = 0x64617461;

/** The recording that MixMonitor has written into the folder served by ARI. Asterisk does not support ranges: the host cuts them. */
export function recording(settings: AsteriskSettings): FetchRecording {
  return async ({ callId }, context) => {
    const work: AriWork = { settings, context, feature: 'recording' };
    const id = safeCallId(callId, 'recording');
    const response = await context.fetch(
      `${settings.baseUrl}/ari/recordings/stored/${encodeURIComponent(id)}/file`,
      { headers: { authorization: authorization(settings) }, signal: context.signal, ...limits },
    );
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    const isAudio = /^audio\//i.test(response.headers.get('content-type') ?? '');
    if (response.status === 200 && isAudio && length > headLength) {
      return withLengths(response, length);
    }
    await response.body?.cancel();
    if (response.status === 200 && !isAudio) throw noAudio();
    if (response.status === 200 || response.status === 404) throw notThere(response.status);
    // Any other failure is reported as for every request.
    await askAri(work, 'GET', `/recordings/stored/${encodeURIComponent(id)}`);
    throw new TelephonyError({
      code: 'unavailable',
      feature: 'recording',
      message: 'Asterisk could not give the recording.',
      vendor: { status: response.status },
    });
  };
}

function noAudio(): TelephonyError {
  return new TelephonyError({
    code: 'unreadable_response',
    feature: 'recording',
    message: 'What came instead of the recording is no audio.',
    hint: 'Check baseUrl: something else may answer there.',
    vendor: { status: 200 },
  });
}

function notThere(status: number): TelephonyError {
  return new TelephonyError({
    code: 'not_found',
    feature: 'recording',
    message:
      status === 200
        ? 'Nothing is in the recording: the call was not connected, or has only just been.'
        : 'Asterisk has no recording of this call.',
    hint:
      status === 200
        ? 'Where the call still goes on, ask again when it is over.'
        : 'Calls of the finaz- contexts are recorded once the customer is dialed, or answers the dialer; where one was, look whether FINAZ_GRAVACOES is the folder that ARI serves.',
    vendor: { status },
  });
}

/**
 * Writes the real lengths into a header that says that the file is empty, because players would show nothing. Such is the header of a call that is still being
 * recorded, and for ever that of a call that Asterisk was recording when it died.
 */
function withLengths(response: Response, length: number): Response {
  let head: Uint8Array | undefined = new Uint8Array(0);
  const mended = response.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        if (!head) return controller.enqueue(chunk);
        const bytes = new Uint8Array(head.length + chunk.length);
        bytes.set(head);
        bytes.set(chunk, head.length);
        head = bytes;
        if (bytes.length < headLength) return undefined;
        head = undefined;
        const view = new DataView(bytes.buffer);
        if (view.getUint32(4, true) === 0 && view.getUint32(36, false) === dataChunk) {
          view.setUint32(4, length - 8, true);
          view.setUint32(40, length - headLength, true);
        }
        return controller.enqueue(bytes);
      },
      flush(controller) {
        if (head) controller.enqueue(head);
      },
    }),
  );
  return new Response(mended ?? null, {
    headers: {
      'content-type': response.headers.get('content-type') ?? 'audio/wav',
      'content-length': String(length),
    },
  });
}
