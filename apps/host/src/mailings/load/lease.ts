import { leaseMs, type MailingState } from '../mailing-state.ts';
import { LoadLost } from '../ledger/ledger-writes.ts';
import type { ClaimKey } from '../mailing-claims.ts';
import type { MailingStore } from '../mailing-store.ts';
import { isStoreUnavailable } from '../../store/store-error.ts';

const renewEveryMs = 3000;
/** The database's clock and ours may differ, and a renewal takes its time. */
const marginMs = 3000;

/**
 * This host's hold on a mailing. Before each request that loads, `isHeld` is asked: a host that was frozen past its lease finds it run out, by a clock
 * that goes on meanwhile, and sends nothing more, whatever the database says.
 */
export interface Lease {
  readonly key: ClaimKey;
  readonly isHeld: () => boolean;
  /** The state as last seen: another than `loading` was set by a person. */
  readonly state: () => MailingState;
  readonly saw: (state: MailingState) => void;
  /** Aborted when the lease is lost or the host shuts down: nothing new is begun. */
  readonly ending: AbortSignal;
  /** Aborted when a host that shuts down can wait no longer for what is under way. */
  readonly cut: AbortSignal;
  readonly stop: () => void;
}

/** @param since when the mailing was asked for, by `performance.now()`: whoever was frozen until the answer came holds it no longer */
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
      // While the store is away nothing is claimed either; the next host to take over afterwards raises the fence.
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
