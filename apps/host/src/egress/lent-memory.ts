/** How much is read from a socket at once. Node's 64 KB would take a third more processor time where a vendor sends fast. */
export const mostReadAtOnce = 128 * 1024;
/** Buffers kept for reuse, 8 MB in all. */
const mostKept = 64;

/** A buffer that is in use, filled up to `end`. */
interface Loan {
  readonly memory: Buffer;
  readonly end: number;
}

const kept: Buffer[] = [];
const loans = new WeakMap<ArrayBufferLike, Loan>();

/**
 * A copy of what was read, which the caller may keep. A large copy may be given back, so that its memory is reused: fresh memory for each read of a recording
 * would cost more than everything else in passing it on. A copy that is not given back is garbage-collected.
 */
export function copyOf(read: Uint8Array): Buffer {
  if (read.length <= mostReadAtOnce / 2) return Buffer.from(read);
  const memory = kept.pop() ?? Buffer.allocUnsafeSlow(mostReadAtOnce);
  memory.set(read);
  loans.set(memory.buffer, { memory, end: read.length });
  return memory.subarray(0, read.length);
}

/**
 * Says that a chunk, and everything read before it, is no longer needed. If one read holds several chunks, its memory becomes free with the last.
 */
export function giveBack(chunk: Uint8Array): void {
  const loan = loans.get(chunk.buffer);
  if (!loan || chunk.byteOffset + chunk.length !== loan.end) return;
  loans.delete(chunk.buffer);
  if (kept.length < mostKept) kept.push(loan.memory);
}
