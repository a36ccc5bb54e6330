import type { LookupFunction, Socket } from 'node:net';
import { buildConnector } from 'undici';
import { copyOf, mostReadAtOnce } from './lent-memory.ts';

const connectTimeoutMs = 5000;

/** One for all sockets: what is read is copied before anything else can be read. */
const readBuffer = Buffer.allocUnsafeSlow(mostReadAtOnce);
/** Windows fills the buffer of each socket whenever it likes. */
const mayShareBuffer = process.platform !== 'win32';

/** Opens the sockets of the egress, to addresses that `lookup` lets pass. */
export function createConnector(lookup: LookupFunction): buildConnector.connector {
  // Over HTTP/2 the client would send again, by itself, what a server refuses or had not seen by its own account: whatever has left is never repeated here.
  const options = { timeout: connectTimeoutMs, lookup, allowH2: false };
  const connect = buildConnector(options);
  return (target, connected) => {
    // What is inside TLS comes in records of at most 16 KB, however much is read.
    if (target.protocol === 'https:' || !mayShareBuffer) return connect(target, connected);
    let socket: Socket | null = null;
    const onread = {
      buffer: readBuffer,
      // `push` is what Node itself does with what it has read.
      callback: (length: number) => socket?.push(copyOf(readBuffer.subarray(0, length))) ?? false,
    };
    return buildConnector({ ...options, onread })(target, (...outcome) => {
      [, socket] = outcome;
      connected(...outcome);
    });
  };
}
