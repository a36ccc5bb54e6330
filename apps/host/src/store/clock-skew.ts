import type { Pool } from 'pg';
import type { Store } from './store.ts';

/** Less than the 15 s after which hosts take each other for dead: it is reported before it does harm. */
const mostSkewMs = 5000;

/** What is wrong with the clock of this machine. */
export interface ClockTrouble {
  readonly message: string;
  readonly mend: string;
}

/**
 * Hosts on one database judge by their clocks which of them are alive, so each is compared with the clock they share.
 *
 * @returns nothing if the clock is right, or nobody else uses the store
 */
export async function clockTrouble(
  { native }: Pick<Store, 'native'>,
  now: () => number,
): Promise<ClockTrouble | undefined> {
  if (native.engine === 'sqlite') return undefined;
  const skewMs = await skewOf(() => readClock(native.pool), now);
  if (Math.abs(skewMs) <= mostSkewMs) return undefined;
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  return {
    message: `the clock of this machine is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} that of the database: hosts whose clocks differ by 15 s take each other for dead, and one discards mailings that the other is still taking in`,
    mend: 'Set the clocks of all machines, by NTP.',
  };
}

/** By how much this clock is ahead of another one: at least, since the answer of the other takes time. */
export async function skewOf(other: () => Promise<number>, now: () => number): Promise<number> {
  const askedAt = now();
  const at = await other();
  const answeredAt = now();
  if (at < askedAt) return askedAt - at;
  return at > answeredAt ? answeredAt - at : 0;
}

async function readClock(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ at: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::bigint as at',
  );
  return rows[0]?.at ?? Number.NaN;
}
