import { median, type Load } from './load.ts';
import { processorSeconds } from './processes.ts';

/** The median of the ratios of all rounds. */
export const ratioOf = (
  baseline: readonly { readonly perSecond: number }[],
  subject: readonly { readonly perSecond: number }[],
): number =>
  median(
    subject.map(({ perSecond }, index) => perSecond / (baseline[index]?.perSecond ?? Number.NaN)),
  );

export const reportRatio = (ratio: number, goal: number): void =>
  console.log(
    `  ratio    ${ratio.toFixed(2)}, goal ${goal.toFixed(2)}: ${ratio >= goal ? 'reached' : 'BELOW'}\n`,
  );

export function report(
  name: string,
  goal: number,
  baseline: readonly Load[],
  subject: readonly Load[],
  unit = 'req/s',
): void {
  const rate = (loads: readonly Load[]) => median(loads.map(({ perSecond }) => perSecond));
  const time = (loads: readonly Load[]) =>
    `p50 ${median(loads.map(({ p50 }) => p50)).toFixed(1)} ms, p99 ${median(loads.map(({ p99 }) => p99)).toFixed(1)} ms`;
  const used = (loads: readonly Load[]) => {
    const processor = median(loads.flatMap((each) => each.processor ?? []));
    const each = unit === 'MB/s' ? 'each MB' : 'each';
    return processor > 0 ? `, ${processor.toFixed(0)} µs of processor time ${each}` : '';
  };
  const line = (loads: readonly Load[]) =>
    `${rate(loads).toFixed(0)} ${unit} (${time(loads)}${used(loads)})`;
  console.log(`${name}\n  baseline ${line(baseline)}\n  host     ${line(subject)}`);
  reportRatio(ratioOf(baseline, subject), goal);
}

/** Runs a load, and adds the processor time that its server has used for each request or megabyte. */
export async function withProcessor(
  usedBy: () => Promise<number>,
  run: () => Promise<Load>,
): Promise<Load> {
  const before = await usedBy();
  const startedAt = performance.now();
  const done = await run();
  const took = (performance.now() - startedAt) / 1000;
  const used = (await usedBy()) - before;
  return { ...done, processor: (used / (done.perSecond * took)) * 1e6 };
}

/** Runs a load, and adds the processor time that the host has used. */
export const withHostProcessor = (hostUrl: string, run: () => Promise<Load>): Promise<Load> =>
  withProcessor(() => processorSeconds(hostUrl), run);
