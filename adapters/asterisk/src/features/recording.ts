import { TelephonyError, type FetchRecording } from '@finaz-telephony/core';
import { askAri, authorization, type AriWork } from '../ari.ts';
import { safeCallId } from '../safe-text.ts';
import type { AsteriskSettings } from '../settings.ts';

const limits = { timeoutMs: 30 * 60_000, maxResponseBytes: 2 * 1024 ** 3 };
/** A WAV file of a call that was never connected has its head alone. */
const headLength = 44;

/** The recording that MixMonitor has written into the folder that ARI serves. Asterisk knows no ranges: the host cuts them. */
export function recording(settings: AsteriskSettings): FetchRecording {
  return async ({ callId }, context) => {
    const work: AriWork = { settings, context, feature: 'recording' };
    const id = safeCallId(callId, 'recording');
    const response = await context.fetch(
      `${settings.baseUrl}/ari/recordings/stored/${encodeURIComponent(id)}/file`,
      { headers: { authorization: authorization(settings) }, signal: context.signal, ...limits },
    );
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    if (response.status === 200 && length > headLength) {
      return (await isRunning(work, id)) ? withLengths(response, length) : response;
    }
    await response.body?.cancel();
    if (response.status === 200 || response.status === 404) throw notThere(response.status);
    // Says the rest in the words that are the same for every request.
    await askAri(work, 'GET', `/recordings/stored/${encodeURIComponent(id)}`);
    throw new TelephonyError({
      code: 'unavailable',
      feature: 'recording',
      message: 'Asterisk could not give the recording.',
      vendor: { status: response.status },
    });
  };
}

async function isRunning(work: AriWork, id: string): Promise<boolean> {
  const { status } = await askAri(work, 'GET', `/channels/${encodeURIComponent(id)}`);
  return status === 200;
}

function notThere(status: number): TelephonyError {
  return new TelephonyError({
    code: 'not_found',
    feature: 'recording',
    message:
      status === 200
        ? 'The call was never connected, so its recording is empty.'
        : 'Asterisk has no recording of this call.',
    hint: 'Recordings are written by the finaz- contexts, into the folder that ARI serves.',
    vendor: { status },
  });
}

/** While a call is recorded, its file says of itself that it is empty: players would show nothing. */
function withLengths(response: Response, length: number): Response {
  let seen = 0;
  const mended = response.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const bytes = Uint8Array.from(chunk);
        put(bytes, seen, 4, length - 8);
        put(bytes, seen, 40, length - headLength);
        seen += bytes.length;
        controller.enqueue(bytes);
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

/** Writes a number of four bytes at a place of the whole file, as far as it lies in this piece. */
function put(bytes: Uint8Array, start: number, at: number, value: number): void {
  for (let index = 0; index < 4; index += 1) {
    const place = at + index - start;
    if (place >= 0 && place < bytes.length) bytes[place] = (value >>> (8 * index)) & 0xff;
  }
}
