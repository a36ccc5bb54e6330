import { rest } from '../../rest.ts';
import type { Connection } from '../../tenants/tenant.ts';
import type { LoadWork } from './load-work.ts';

const leastMs = 5000;
const mostMs = 30_000;
const lookMs = 500;

/** How long that is, of the connection that was to answer. */
export const leftAloneMs = ({ limits }: Connection): number =>
  Math.min(Math.max(leastMs, limits.timeoutMs), mostMs);

/**
 * A telephone system that has not answered in time may be at it still. Asked at once, it would not have what it takes a moment later; cleared at once, it would
 * process that after the clear. So it is left alone for as long as it had for its answer.
 *
 * @param since when that was sent, or doubted; now, where it is left out
 * @throws {LoadInterrupted}
 */
export async function leaveAlone(work: LoadWork, since?: number): Promise<void> {
  const { load, lease, dependencies } = work;
  const goneMs = since === undefined ? 0 : dependencies.clock() - since;
  // No longer, whatever becomes of the clock.
  const until = performance.now() + leftAloneMs(load.connection) - Math.max(goneMs, 0);
  while (performance.now() < until) {
    await rest(Math.min(until - performance.now(), lookMs), { signal: lease.ending });
    work.check();
  }
}
