/** How much is read from a socket at once. Node's 64 KB would take a third more processor time where a vendor sends fast. */
export const mostReadAtOnce = 128 * 1024;
/** 8 MB in all. */
const mostKept = 64;

/** Memory of which somebody holds what was read, up to its `end`. */
interface Loan {
  readonly memory: Buffer;
  readonly end: number;
}

const kept: Buffer[] = [];
const loans = new WeakMap<ArrayBufferLike, Loan>();

/**
 * A copy of what was read, which is its holder's for good. A large one may be given back, and its memory is used again: fresh memory
 * for each read of a recording would cost more than all the rest of passing it on. One that is not given back is collected like any other.
 */
export function copyOf(read: Uint8Array): Buffer {
  if (read.length <= mostReadAtOnce / 2) return Buffer.from(read);
  const memory = kept.pop() ?? Buffer.allocUnsafeSlow(mostReadAtOnce);
  memory.set(read);
  loans.set(memory.buffer, { memory, end: read.length });
  return memory.subarray(0, read.length);
}

/**
 * Says that a chunk, and all that was read before it, is needed no more.
 *
 * One read can hold several chunks: its memory is free with the last of them.
 */
export function giveBack(chunk: Uint8Array): void {
  const loan = loans.get(chunk.buffer);
  if (!loan || chunk.byteOffset + chunk.length !== loan.end) return;
  loans.delete(chunk.buffer);
  if (kept.length < mostKept) kept.push(loan.memory);
}
