import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { TelephonyError } from '@finaz-telephony/core';

/** A body that fails once it exceeds the limit. */
export function limited(body: Readable, maxBytes: number): Readable {
  let length = 0;
  return joined(
    body,
    new Transform({
      transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
        length += chunk.length;
        if (length > maxBytes) done(tooLarge(maxBytes));
        else done(null, chunk);
      },
    }),
  );
}

/** Pipes one stream into another. If either fails or is closed, the other is closed as well. */
export function joined(source: Readable, target: Transform): Readable {
  source.on('error', (error) => target.destroy(error));
  target.on('close', () => source.destroy(target.errored ?? undefined));
  return source.pipe(target);
}

export function tooLarge(maxBytes: number): TelephonyError {
  return new TelephonyError({
    code: 'response_too_large',
    message: `The telephone system's answer has more than ${maxBytes} bytes.`,
    hint: 'Ask for less at a time: for smaller pages, or a shorter period.',
    delivery: 'answered',
  });
}
