import { rest } from '../../rest.ts';
import type { Connection } from '../../tenants/tenant.ts';
import type { LoadWork } from './load-work.ts';

const leastMs = 5000;
const mostMs = 30_000;
const lookMs = 500;

/** How long a telephone system is left alone: as long as it had to answer, within bounds. */
export const leftAloneMs = ({ limits }: Connection): number =>
  Math.min(Math.max(leastMs, limits.timeoutMs), mostMs);

/**
 * A telephone system that has not answered in time may still be working on the request. Asked at once, it would deny contacts that it takes a moment later;
 * cleared at once, it would take them after the clear. So it is left alone for as long as it had to answer.
 *
 * @param since when the request was sent, or became doubtful; now, if left out
 * @throws {LoadInterrupted}
 */
export async function leaveAlone(work: LoadWork, since?: number): Promise<void> {
  const { load, lease, dependencies } = work;
  const goneMs = since === undefined ? 0 : dependencies.clock() - since;
  // By a clock that nobody sets, so that a change of the system time cannot make the wait longer.
  const until = performance.now() + leftAloneMs(load.connection) - Math.max(goneMs, 0);
  while (performance.now() < until) {
    await rest(Math.min(until - performance.now(), lookMs), { signal: lease.ending });
    work.check();
  }
}
