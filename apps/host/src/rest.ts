import { setTimeout as pause } from 'node:timers/promises';

export interface RestOptions {
  /** Ends the wait early. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the wait keeps a process alive that has nothing else to do. Default: it does. */
  readonly keepsAlive?: boolean;
}

/** Waits for some time, or until the signal is aborted; never throws. */
export async function rest(
  ms: number,
  { signal, keepsAlive = true }: RestOptions = {},
): Promise<void> {
  await pause(ms, undefined, { ref: keepsAlive, ...(signal && { signal }) }).catch(() => undefined);
}
