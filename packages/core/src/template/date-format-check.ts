const named: ReadonlySet<string> = new Set(['iso', 'epoch', 'epochMs']);
const written = /yyyy|yy|MM|dd|HH|mm|ss|XXX/g;

/** Letters that other systems write for what is written otherwise here. Text such as "T", "Z", "h" or "de" stands for itself. */
const meantAsDate = /^(?:[Yy]+|M+|[Dd]+|H+|hh|m+|s+|S+|X+|a|tt)$/;

/**
 * What is wrong with a format of a moment, found when the document is saved: a slip of the pen ("mm" for months) would give a moment, but another one.
 *
 * @param isRead whether a moment is read in it, not written
 */
export function complaintAboutFormat(format: string, isRead: boolean): string | undefined {
  if (named.has(format)) return undefined;
  const parts = new Set(format.match(written));
  const complain = (what: string) =>
    `the format ${JSON.stringify(format)} ${what}; there is yyyy, yy, MM (months), dd, HH (of 24 hours), mm (minutes), ss${isRead ? '' : ', XXX'}, text between them, or iso, epoch, epochMs`;
  if (parts.size === 0) return complain('has no part of a date or time');
  for (const text of format.replace(written, ' ').match(/\p{L}+/gu) ?? []) {
    // The "s" of 09h05m07s.
    const isUnit = parts.has(text + text);
    if (meantAsDate.test(text) && !isUnit) return complain(`has "${text}"`);
  }
  if (!isRead) return undefined;
  if (parts.has('XXX')) return complain('has "XXX"');
  const twice = (format.match(written) ?? []).find((part, index, all) => all.indexOf(part) < index);
  if (twice !== undefined) return complain(`has "${twice}" twice`);
  if (!parts.has('yyyy') && !parts.has('yy')) return complain('has no year');
  if (parts.has('dd') && !parts.has('MM')) return complain('has a day without a month');
  if (parts.has('mm') && !parts.has('HH')) return complain('has minutes without an hour');
  return undefined;
}
