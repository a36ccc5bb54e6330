import * as v from 'valibot';

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const written = /^([1-9]\d{0,4})\s*([mhd])$/;

/** A time span as documents write it, `15m`, `12h` or `30d`; milliseconds inside. */
export function durationSchema(leastMs: number, mostMs: number, range: string) {
  return v.pipe(
    v.string(),
    v.regex(
      written,
      (issue) =>
        `${JSON.stringify(issue.input)} is not a time span; write for example 15m, 12h or 30d`,
    ),
    v.check((text) => {
      const span = durationMs(text);
      return Number.isNaN(span) || (span >= leastMs && span <= mostMs);
    }, `must be ${range}`),
  );
}

export function durationMs(text: string): number {
  const [, amount, unit] = written.exec(text) ?? [];
  return unit === 'm' || unit === 'h' || unit === 'd' ? Number(amount) * unitMs[unit] : Number.NaN;
}
