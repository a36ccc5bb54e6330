import { giveBack } from '../egress/lent-memory.ts';

/** A range of bytes to serve; `end` is inclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a `Range` header with one range against a known size (RFC 9110, section 14).
 *
 * @returns `undefined` when the header is to be ignored (absent, several ranges, another unit), `unsatisfiable` for a 416.
 */
export function readByteRange(
  header: string | undefined,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size) return 'unsatisfiable';
  return start <= end ? { start, end } : undefined;
}

/** Passes on only the bytes of a range, and stops reading after the last one. */
export async function* sliceBytes(
  chunks: AsyncIterable<Uint8Array>,
  { start, end }: ByteRange,
): AsyncGenerator<Uint8Array> {
  let position = 0;
  for await (const chunk of chunks) {
    const from = Math.max(start - position, 0);
    const until = Math.min(end + 1 - position, chunk.length);
    if (from < until) yield chunk.subarray(from, until);
    else giveBack(chunk);
    position += chunk.length;
    if (position > end) return;
  }
}
