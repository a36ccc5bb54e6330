import type { Outcome } from '../../values/outcome.ts';

/** Ignoring case, accents and spaces: vendors change them between versions and languages. */
function normal(status: string): string {
  return status
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .trim()
    .replace(/\s+/g, ' ')
    .toLowerCase();
}

type Test = (status: string) => boolean;

/** `HUC*` and `8/*` by their fixed parts, `18-21` by number. */
function testOf(written: string): Test | undefined {
  const range = /^(-?\d+)\s*-\s*(-?\d+)$/.exec(written);
  if (range) {
    const [, from, to] = range.map(Number);
    return (status) =>
      /^-?\d+$/.test(status) && Number(status) >= (from ?? 0) && Number(status) <= (to ?? 0);
  }
  if (!written.includes('*')) return undefined;
  const parts = written.split('*');
  const [first = ''] = parts;
  const last = parts.at(-1) ?? '';
  const middle = parts.slice(1, -1);
  return (status) => {
    if (!status.startsWith(first) || !status.endsWith(last)) return false;
    let at = first.length;
    for (const part of middle) {
      const found = status.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= status.length - last.length;
  };
}

interface StatusPattern {
  /** In normalised form. */
  readonly written: string;
  readonly test: Test;
  readonly outcome: Outcome;
}

/** Whether another pattern already covers everything that this one matches: to the other, this one's stars are ordinary characters. */
const covers = ({ written, test }: StatusPattern, other: string): boolean =>
  other.includes('*') ? test(other) : /^\*+$/.test(written);

/** In the order written, except that a pattern that could never match there, such as `HUC18*` after a profile's `HUC*`, comes before the one that covers it. */
function insert(patterns: StatusPattern[], added: StatusPattern): void {
  const at = patterns.findIndex((pattern) => covers(pattern, added.written));
  patterns.splice(at < 0 ? patterns.length : at, 0, added);
}

const mostKnown = 10_000;

/** What a vendor's words mean: exact ones first, then patterns. */
export function compileStatusMap(
  outcomes: Readonly<Record<string, Outcome>>,
): (vendorStatus: string) => Outcome {
  const exact = new Map<string, Outcome>();
  const patterns: StatusPattern[] = [];
  for (const [written, outcome] of Object.entries(outcomes)) {
    const test = testOf(normal(written));
    if (test) insert(patterns, { written: normal(written), test, outcome });
    else exact.set(normal(written), outcome);
  }
  // Few words, many rows.
  const known = new Map<string, Outcome>();
  return (vendorStatus) => {
    const found = known.get(vendorStatus);
    if (found) return found;
    const status = normal(vendorStatus);
    const outcome =
      exact.get(status) ?? patterns.find(({ test }) => test(status))?.outcome ?? 'unknown';
    if (known.size >= mostKnown) known.clear();
    known.set(vendorStatus, outcome);
    return outcome;
  };
}
