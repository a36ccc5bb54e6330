const named: ReadonlySet<string> = new Set(['iso', 'epoch', 'epochMs']);
const written = /yyyy|yy|MMM|MM|EEE|dd|HH|mm|ss|XXX/g;
/** Letters of which only a part would be recognised, and the rest taken for text. */
const tooMany = /y{5,}|M{4,}|E{4,}|d{3,}|H{3,}/;
/** Can be read, but not written; and can be written, but not read. */
const readAlone: readonly string[] = ['MMM', 'EEE'];
const writtenAlone: readonly string[] = ['XXX'];

/** Letters that other systems use for what is written differently here. Text such as "T", "Z", "h" or "de" stands for itself. */
const meantAsDate = /^(?:[Yy]+|M+|[Dd]+|E+|H+|hh|m+|s+|S+|X+|a|tt)$/;

/** What is wrong with a date format, found when the document is saved: a slip such as "mm" for months would give a wrong moment. */
export function complaintAboutFormat(
  format: string,
  use: 'parsing' | 'formatting',
): string | undefined {
  if (named.has(format)) return undefined;
  const parts = new Set(format.match(written));
  const complain = (what: string) =>
    `the format ${JSON.stringify(format)} ${what}; known: yyyy, yy, MM (months), dd, HH (of 24 hours), mm (minutes), ss, ${use === 'parsing' ? 'MMM (names of months), EEE (names of days)' : 'XXX'}, text between them, or iso, epoch, epochMs`;
  if (parts.size === 0) return complain('has no part of a date or time');
  const long = tooMany.exec(format)?.[0];
  const foreign =
    long ?? (use === 'parsing' ? writtenAlone : readAlone).find((part) => parts.has(part));
  if (foreign !== undefined) return complain(`has "${foreign}"`);
  for (const text of format.replace(written, ' ').match(/\p{L}+/gu) ?? []) {
    // The "m" and the "s" of 09h05m07s.
    const isUnit = /^[ms]$/.test(text) && parts.has(text + text);
    if (meantAsDate.test(text) && !isUnit) return complain(`has "${text}"`);
  }
  const complaint = use === 'parsing' ? complaintAboutReading(format, parts, complain) : undefined;
  if (complaint !== undefined) return complaint;
  // "dd/mm/yyyy" means months by mm. A format of minutes alone is no mistake: they may be written in a place of their own.
  const hasDate = ['yyyy', 'yy', 'MM', 'dd'].some((part) => parts.has(part));
  return hasDate && parts.has('mm') && !parts.has('HH')
    ? complain('has minutes without an hour')
    : undefined;
}

function complaintAboutReading(
  format: string,
  parts: ReadonlySet<string>,
  complain: (what: string) => string,
): string | undefined {
  const twice = (format.match(written) ?? []).find((part, index, all) => all.indexOf(part) < index);
  if (twice !== undefined) return complain(`has "${twice}" twice`);
  if (!parts.has('yyyy') && !parts.has('yy')) return complain('has no year');
  if (parts.has('MM') && parts.has('MMM')) return complain('has MM and MMM');
  if (parts.has('dd') && !parts.has('MM') && !parts.has('MMM'))
    return complain('has a day without a month');
  return undefined;
}
