import { Readable } from 'node:stream';

export interface Beginning {
  readonly start: Uint8Array;
  /** The stream from its first byte on: `start` is put back. */
  readonly whole: Readable;
}

/** Reads until there are enough bytes for the signature of a kind of audio, and puts them back. */
export async function firstBytes(stream: Readable): Promise<Beginning> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < 12) {
    const chunk: unknown = stream.read();
    if (Buffer.isBuffer(chunk)) {
      chunks.push(chunk);
      length += chunk.length;
    } else if (stream.readableEnded || !(await readable(stream))) {
      break;
    }
  }
  const [first] = chunks;
  const start = first && chunks.length === 1 ? first : Buffer.concat(chunks);
  // A stream that has ended takes nothing back, so its few bytes become a new stream.
  if (stream.readableEnded) return { start, whole: Readable.from(chunks, { objectMode: false }) };
  if (start.length > 0) stream.unshift(start);
  return { start, whole: stream };
}

/** Resolves with false at the end of the stream. */
function readable(stream: Readable): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      stream.off('readable', onReadable);
      stream.off('end', onEnd);
      stream.off('error', onError);
      stream.off('close', onEnd);
      finish();
    };
    const onReadable = () => settle(() => resolve(true));
    const onEnd = () => settle(() => resolve(false));
    const onError = (error: Error) => settle(() => reject(error));
    stream.on('readable', onReadable);
    stream.on('end', onEnd);
    stream.on('close', onEnd);
    stream.on('error', onError);
  });
}
