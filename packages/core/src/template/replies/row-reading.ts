import { reasonOfRefusal } from '../language/refused-row.ts';
import type { Scope } from '../language/scope.ts';
import { isTrue } from '../language/value.ts';
import type { ReadSettings } from './read-settings.ts';

interface RowSettings {
  readonly rows?: string | undefined;
  readonly read?: ReadSettings | undefined;
}

/** A row that cannot be used, and why. */
export interface UnusableRow {
  readonly unreadable: string;
}

/**
 * How the rows of a report or notification are read, one by one, so that one that cannot be used hides no other.
 *
 * @param skip whether a row is left out
 * @param read reads a row that has a value
 * @param evaluateOthers evaluates what does not read the row, once one is refused: what is refused there is refused for each row, and a report of nothing but such
 * rows would count as complete
 * @returns the reading of a scope with a row; `undefined` for one that is left out
 */
export function rowReading<Read>(
  settings: RowSettings,
  skip: { readonly evaluate: (scope: Scope) => unknown } | undefined,
  read: (scope: Scope) => Read,
  evaluateOthers: (scope: Scope) => void = () => undefined,
): (scope: Scope) => Read | UnusableRow | undefined {
  const absent = absentRow(settings);
  return (scope) => {
    const isAbsent = scope.values['row'] === undefined;
    if (isAbsent && absent.mayBeLine) return absent;
    try {
      if (skip && isTrue(skip.evaluate(scope))) return undefined;
      return isAbsent ? absent : read(scope);
    } catch (error) {
      const unreadable = reasonOfRefusal(error);
      evaluateOthers(scope);
      return { unreadable };
    }
  };
}

/** Why a row without any value cannot be used. */
interface AbsentRow extends UnusableRow {
  /** It may be a line of NDJSON that cannot be parsed: left out by "skip", the call in it would be lost in silence. */
  readonly mayBeLine: boolean;
}

const noJson = 'it is not valid JSON';
const noPart = 'has nothing of what "rows" reads of it';

/** Such a row is a line of NDJSON that is not JSON, or an item of a list that lacks the part which a filter such as `map` takes of each. */
function absentRow({ rows = '', read = [] }: RowSettings): AbsentRow {
  const readers = Array.isArray(read) ? read : [read];
  const mayBeLine = readers.some(({ as }) => as === 'ndjson');
  if (!mayBeLine) return { mayBeLine, unreadable: `it ${noPart}` };
  const mayBePart = rows.includes('|');
  return { mayBeLine, unreadable: mayBePart ? `${noJson}, or ${noPart}` : noJson };
}
