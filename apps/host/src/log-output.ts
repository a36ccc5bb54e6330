import type { DestinationStream } from 'pino';
import { platformCode } from './platform-code.ts';

/** Characters of lines that are held while they cannot be written. Further lines are dropped and counted. */
const mostHeld = 4 * 1024 * 1024;
const againAfterMs = 200;
/** Attempts to write the rest at the end of the process, to a pipe whose reader is slow. */
const mostTriesAtEnd = 10;

export interface LogOutputOptions {
  /** Writes as many of the bytes as it can without waiting, and gives their number. @throws {Error} with the code of the system */
  readonly write: (bytes: Buffer) => number;
  /** Called once when lines can no longer be written. */
  readonly onFailure: (code: string) => void;
  /** Called when lines can be written again. */
  readonly onRecovery: (lostLines: number) => void;
}

export interface LogOutput extends DestinationStream {
  /** Writes the rest synchronously, for the end of the process. */
  readonly flush: () => void;
}

/**
 * A log that cannot be written must not end the host, which serves many companies. If the disk of the log is full, Pino's own destination throws, and then
 * tries for ever to write the rest at the end of the process, so that the host neither serves nor ends. This one holds lines within a limit, and goes on when
 * there is room again. It writes synchronously; otherwise the line that says why a host ends could be lost.
 */
export function createLogOutput({ write, onFailure, onRecovery }: LogOutputOptions): LogOutput {
  let held: string[] = [];
  let heldLength = 0;
  /** The rest of the lines that are being written. */
  let left = Buffer.alloc(0);
  let lost = 0;
  let state: 'open' | 'resting' | 'unread' = 'open';
  let isFailing = false;

  function take(): void {
    if (left.length > 0) return;
    left = Buffer.from(held.join(''));
    held = [];
    heldLength = 0;
  }

  /** @returns `undefined`, or the code of the error that kept it from writing everything */
  function writeAll(): string | undefined {
    try {
      for (take(); left.length > 0; take()) left = left.subarray(write(left));
      return undefined;
    } catch (error) {
      return platformCode(error) || 'unknown';
    }
  }

  function writeOn(): void {
    const failure = writeAll();
    if (failure !== undefined) return failed(failure);
    state = 'open';
    if (!isFailing && lost === 0) return;
    const lines = lost;
    isFailing = false;
    lost = 0;
    onRecovery(lines);
  }

  function failed(code: string): void {
    const isUnread = code === 'EPIPE';
    state = isUnread ? 'unread' : 'resting';
    if (isUnread) held = [];
    else setTimeout(writeOn, againAfterMs).unref();
    // EAGAIN is not a failure: the pipe is full for a moment, because its reader is slow.
    if (isFailing || code === 'EAGAIN') return;
    isFailing = true;
    onFailure(code);
  }

  return {
    write(line) {
      if (state === 'unread') return;
      if (heldLength + line.length > mostHeld) {
        lost += 1;
        return;
      }
      held.push(line);
      heldLength += line.length;
      if (state === 'open') writeOn();
    },
    flush() {
      if (state === 'unread') return;
      for (let tries = 1; tries < mostTriesAtEnd && writeAll() === 'EAGAIN'; tries += 1)
        standStill();
    },
  };
}

function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, againAfterMs);
}
