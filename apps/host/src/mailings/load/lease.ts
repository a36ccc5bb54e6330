import { leaseMs, type MailingState } from '../mailing-state.ts';
import { LoadLost } from '../ledger/ledger-writes.ts';
import type { ClaimKey } from '../mailing-claims.ts';
import type { MailingStore } from '../mailing-store.ts';
import { isStoreUnavailable } from '../../store/store-error.ts';

const renewEveryMs = 3000;
/** The database's clock and ours may differ, and a renewal takes its time. */
const marginMs = 3000;

/**
 * This host's hold on a mailing. `isHeld` is asked before each request that loads: a host that was frozen past its lease sees, by a clock that kept running,
 * that it has run out, and sends nothing more, whatever the database says.
 */
export interface Lease {
  readonly key: ClaimKey;
  readonly isHeld: () => boolean;
  /** The state of the mailing as last seen; any other than `loading` was set by a person. */
  readonly state: () => MailingState;
  readonly saw: (state: MailingState) => void;
  /** Aborted when the lease is lost or the host shuts down: nothing new is begun. */
  readonly ending: AbortSignal;
  /** Aborted when a host that shuts down can wait no longer for what is under way. */
  readonly cut: AbortSignal;
  readonly stop: () => void;
}

/** @param since when the claim was sent, by `performance.now()`: a host frozen until the answer came no longer holds the mailing */
export function holdLease(
  mailings: MailingStore,
  key: ClaimKey,
  since: number,
  shutdown: { readonly begins: AbortSignal; readonly cuts: AbortSignal },
): Lease {
  const lost = new AbortController();
  let state: MailingState = 'loading';
  let heldUntil = since + leaseMs - marginMs;
  let isRenewing = false;

  async function renew(): Promise<void> {
    if (isRenewing) return;
    isRenewing = true;
    const startedAt = performance.now();
    try {
      state = await mailings.renew(key);
      heldUntil = startedAt + leaseMs - marginMs;
    } catch (error) {
      // While the store is away, no other host can claim the mailing either; a host that takes over later raises the fence.
      if (error instanceof LoadLost || !isStoreUnavailable(error)) lost.abort(error);
    } finally {
      isRenewing = false;
    }
  }

  const timer = setInterval(() => void renew(), renewEveryMs);
  return {
    key,
    isHeld: () => performance.now() < heldUntil && !lost.signal.aborted,
    state: () => state,
    saw: (seen) => {
      state = seen;
    },
    ending: AbortSignal.any([lost.signal, shutdown.begins]),
    cut: shutdown.cuts,
    stop: () => clearInterval(timer),
  };
}
