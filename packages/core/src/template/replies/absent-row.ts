import type { ReadSettings } from './read-settings.ts';

/** Why a row without any value cannot be used. */
export interface AbsentRow {
  readonly unreadable: string;
  /** It may be a line of NDJSON that cannot be parsed: left out by "skip", the call in it would be lost in silence. */
  readonly mayBeLine: boolean;
}

const noJson = 'it is not valid JSON';
const noPart = 'has nothing of what "rows" reads of it';

/** Such a row is a line of NDJSON that is not JSON, or an item of a list that lacks the part which a filter such as `map` takes of each. */
export function absentRow(settings: {
  readonly rows?: string | undefined;
  readonly read?: ReadSettings | undefined;
}): AbsentRow {
  const { rows = '', read = [] } = settings;
  const readers = Array.isArray(read) ? read : [read];
  const mayBeLine = readers.some(({ as }) => as === 'ndjson');
  if (!mayBeLine) return { mayBeLine, unreadable: `it ${noPart}` };
  const mayBePart = rows.includes('|');
  return { mayBeLine, unreadable: mayBePart ? `${noJson}, or ${noPart}` : noJson };
}
