import { jsonReply } from '../replies.ts';
import type { Reply, SimulatorRequest } from '../simulator.ts';
import { differenceOf, FilterError, readFilter, valueOf, type Row } from './odata-filter.ts';

interface CollectionLimits {
  /** A higher `$top` is refused. */
  readonly mostTop: number;
  /** The limit for requests without `$top`. It applies silently: the answer has no link to the rest. */
  readonly usualTop: number;
}

/** The limits of entities. The limit without `$top` is a guess. */
const entityLimits: CollectionLimits = { mostTop: 100, usualTop: 100 };
/** The limits of reports, which are cut to REPORT_ROW_LIMIT before they are paged. */
export const reportLimits: CollectionLimits = {
  mostTop: Number.POSITIVE_INFINITY,
  usualTop: Number.POSITIVE_INFINITY,
};

/** A list according to `$filter`, `$orderby`, `$skip`, `$top`, `$select` and `$count`. */
export function collection(
  rows: readonly Row[],
  { query }: SimulatorRequest,
  { mostTop, usualTop }: CollectionLimits = entityLimits,
): Reply {
  const top = numberOf(query, '$top', usualTop);
  const skip = numberOf(query, '$skip', 0);
  if (top > mostTop)
    return odataFailure(
      400,
      `The limit of '${mostTop}' for Top query has been exceeded. The value from the incoming request is '${top}'.`,
    );
  if (Number.isNaN(top) || Number.isNaN(skip)) return odataFailure(400, 'Invalid $top or $skip');
  let wanted = [...rows];
  try {
    const filter = query.get('$filter');
    if (filter !== null) wanted = wanted.filter(readFilter(filter));
  } catch (error) {
    if (error instanceof FilterError) return odataFailure(400, error.message);
    throw error;
  }
  sort(wanted, query.get('$orderby'));
  return jsonReply(200, {
    ...(query.get('$count') === 'true' && { '@odata.count': wanted.length }),
    value: wanted.slice(skip, skip + top).map((row) => entityOf(row, query)),
  });
}

/** One entity, according to `$select`; 404 if there is none. */
export function entity(row: Row | undefined, { query }: SimulatorRequest): Reply {
  return row ? jsonReply(200, entityOf(row, query)) : odataFailure(404, 'Not Found');
}

export function odataFailure(status: number, message: string, target?: string): Reply {
  const details = target === undefined ? [] : [{ code: '', message, target }];
  return jsonReply(status, {
    error: {
      code: '',
      message: target === undefined ? message : `${target}:\n${message}`,
      details,
    },
  });
}

/** Null values are omitted. */
function entityOf(row: Row, query: URLSearchParams): Row {
  const selected = query.get('$select')?.split(',');
  return Object.fromEntries(
    Object.entries(row).filter(
      ([name, value]) =>
        value !== null && value !== undefined && (selected?.includes(name) ?? true),
    ),
  );
}

function numberOf(query: URLSearchParams, name: string, usual: number): number {
  const text = query.get(name);
  if (text === null) return usual;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function sort(rows: Row[], orderBy: string | null): void {
  const [name, direction = 'asc'] = orderBy?.trim().split(/\s+/) ?? [];
  if (name === undefined || name === '') return;
  const sign = direction === 'desc' ? -1 : 1;
  const value = (row: Row) => valueOf(row[name]) ?? '';
  rows.sort((one, other) => sign * differenceOf(value(one), value(other)));
}
