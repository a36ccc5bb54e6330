import { createClockSteps } from './clock-steps.ts';
import { noticeFewDescriptors } from './descriptors.ts';
import { forgetOld, sweepMailings, type RetentionDependencies } from './retention.ts';
import { clockTrouble } from './store/clock-skew.ts';
import { heartbeatMs, type HostLease } from './store/host-lease.ts';
import { createTellSeldom, type TellSeldom } from './tell-seldom.ts';

export interface HousekeepingDependencies extends RetentionDependencies {
  readonly lease: HostLease;
}

const pruneEveryMs = 3_600_000;

/** What a host does besides requests: renewing its lease, noticing dead hosts, deleting old data. @returns stops it and gives up the lease */
export function startHousekeeping(dependencies: HousekeepingDependencies): () => Promise<void> {
  const { lease, logger, now, store } = dependencies;
  const stopping = new AbortController();
  let lastPruned = 0;

  async function tidy(): Promise<void> {
    await sweepMailings(dependencies, stopping.signal);
    if (now() - lastPruned <= pruneEveryMs) return;
    lastPruned = now();
    await forgetOld(dependencies, stopping.signal);
  }

  const tellClock = createTellSeldom(logger, { level: 'error' });
  async function lookAtClock(): Promise<void> {
    const trouble = await clockTrouble(store, now);
    if (trouble) tellClock({ mend: trouble.mend, reason: trouble.message }, 'the clock is wrong');
  }

  const repeated = (work: () => Promise<void>) =>
    again(work, heartbeatMs, createTellSeldom(logger));
  const noticeStep = createClockSteps(store, now);
  // Separate from tidying, which may take minutes: without renewing its lease, the host would be taken for dead meanwhile.
  const stopLooking = repeated(async () => {
    await lookAround(dependencies);
    await lookAtClock();
    if (await noticeStep())
      logger.warn({}, 'the clock was set back: what was put off by it is looked at now');
  });
  const stopTidying = repeated(tidy);
  // Separate as well, so that it runs while the store is away, when clients retry again and again.
  const tellFew = createTellSeldom(logger);
  const stopCounting = repeated(() => noticeFewDescriptors(tellFew));
  return async () => {
    stopping.abort();
    await stopCounting();
    await stopTidying();
    await stopLooking();
    await lease
      .leave()
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'the lease of this host could not be given back; it runs out'),
      );
  };
}

/** Repeats work until stopped. @returns stops it, and waits for the round under way */
function again(
  work: () => Promise<void>,
  pauseMs: number,
  tellSeldom: TellSeldom,
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let running: Promise<void> = Promise.resolve();
  async function round(): Promise<void> {
    try {
      await work();
    } catch (error) {
      tellSeldom({ err: error }, 'housekeeping failed; trying again');
    }
    if (!isStopped) timer = setTimeout(next, pauseMs).unref();
  }
  const next = () => {
    running = round();
  };
  next();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await running;
  };
}

async function lookAround({
  lease,
  calls,
  mailings,
  logger,
}: HousekeepingDependencies): Promise<void> {
  await lease.beat();
  await lease.forgetDead();
  const doubts = await calls.doubt();
  if (doubts > 0)
    logger.warn(
      { calls: doubts },
      'a host died while calls were under way, or the database has forgotten how they ended; they are listed as in doubt',
    );
  await mailings.wakeForgotten();
}
