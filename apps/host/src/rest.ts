import { setTimeout as pause } from 'node:timers/promises';

/** Waits so long, or until the signal is aborted. A host that has nothing else to do does not wait for it, where `ref` is false. */
export async function rest(ms: number, signal?: AbortSignal, ref = true): Promise<void> {
  await pause(ms, undefined, { ref, ...(signal && { signal }) }).catch(() => undefined);
}
