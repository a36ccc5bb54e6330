import type { ReportedAttempt } from '../../features/dialer-results.ts';
import { parsePhone } from '../../values/phone-number.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { renderedOrNothing } from '../language/explain.ts';
import { parseInstant } from '../language/parse-date.ts';
import type { Scope } from '../language/scope.ts';
import type { TemplateSettings } from '../settings-schema.ts';
import { columnsOf } from '../replies/report-columns.ts';
import { rowReading, type UnusableRow } from '../replies/row-reading.ts';
import { compileStatusMap } from './status-map.ts';
import type { TextTemplate } from '../language/text-template.ts';
import { textOf } from '../language/value.ts';

type Settings = NonNullable<TemplateSettings['dialerResults']>;

/** What is read of a row: the attempt, or what is wrong with it. */
type ReadRow = { readonly attempt: ReportedAttempt } | UnusableRow;

type Writable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/** An earlier date is not the time of an attempt: vendors write such a date for "none". */
const earliest = Date.UTC(1990, 0, 1);

/** Compiles the reading of one row into an attempt. */
export function compileResultRow(settings: Settings, inReply: DocumentPlace) {
  const inRow = inReply.with({
    row: { description: 'One row of the reply', source: 'capture', members: 'any' },
  });
  const template = (name: keyof Settings['fields']) =>
    inRow.at('fields', name).text(settings.fields[name] ?? '');
  const fields = {
    id: template('id'),
    contactId: template('contactId'),
    areaCode: template('areaCode'),
    number: template('number'),
    at: template('at'),
    status: template('status'),
    callId: template('callId'),
    extension: template('extension'),
    duration: template('duration'),
  };
  const sources = new Map(Object.entries(settings.fields));
  const columns = columnsOf(settings.fields, inRow.at('fields'));
  const skip = settings.skip === undefined ? undefined : inRow.at('skip').expression(settings.skip);
  const readOrSkip = rowReading(settings, skip, readRow, (scope) => {
    for (const field of Object.values(fields)) field.evaluateWithout('row', scope);
  });
  const outcomeOf = compileStatusMap(settings.outcomes);
  const timeOf = createTimeReader();

  /** Reads the rows of one reply, whose values they share; `undefined` for a row that is not an attempt. */
  function rowReader(scope: Scope): (row: unknown) => ReadRow | undefined {
    const values: Record<string, unknown> = { ...scope.values };
    const rowScope: Scope = { ...scope, values };
    return (row) => {
      values['row'] = row;
      const read = readOrSkip(rowScope);
      if (scope.explain) explainRow(rowScope, read);
      return read;
    };
  }

  function readRow(rowScope: Scope): ReadRow {
    const text = (field: TextTemplate) => field.render(rowScope).trim();
    const at = timeOf(fields.at.value(rowScope), rowScope.timeZone);
    if (at === undefined) return { unreadable: 'its date cannot be read' };
    const areaCode = text(fields.areaCode);
    const number = text(fields.number);
    if (number === '') return { unreadable: 'it has no number' };
    const phone = parsePhone(number, { areaCode });
    const vendorStatus = text(fields.status);
    const attempt: Writable<ReportedAttempt> = {
      areaCode: phone.areaCode ?? areaCode,
      number: phone.number ?? number,
      at,
      outcome: outcomeOf(vendorStatus),
      vendorStatus,
    };
    const id = text(fields.id);
    if (id !== '') attempt.id = id;
    const contactId = text(fields.contactId);
    if (contactId !== '') attempt.contactId = contactId;
    const callId = text(fields.callId);
    if (callId !== '') attempt.callId = callId;
    const extension = text(fields.extension);
    if (extension !== '') attempt.extension = extension;
    const duration = Number(text(fields.duration) || Number.NaN);
    if (duration >= 0 && duration <= Number.MAX_SAFE_INTEGER) attempt.duration = duration;
    return { attempt };
  }

  function explainRow(rowScope: Scope, read: ReadRow | undefined): void {
    const state = !read ? 'skipped' : 'attempt' in read ? 'attempt' : 'unreadable';
    rowScope.explain?.({
      kind: 'row',
      place: 'dialerResults.fields',
      state,
      ...(read && 'unreadable' in read && { reason: read.unreadable }),
      fields: Object.entries(fields).flatMap(([name, field]) =>
        field.isLiteral
          ? []
          : [
              {
                name,
                expression: sources.get(name) ?? '',
                reads: field.inputs(rowScope),
                value: renderedOrNothing(field, rowScope),
              },
            ],
      ),
    });
  }

  return { rowReader, outcomeOf, columns };
}

/** The time of an attempt, in whatever representation; `undefined` if there is none. */
function createTimeReader(): (written: unknown, timeZone: string) => string | undefined {
  // Reports are ordered by time, and many calls share a second.
  let last: { written: unknown; timeZone: string; at: string | undefined } | undefined;
  return (written, timeZone) => {
    if (last && last.written === written && last.timeZone === timeZone) return last.at;
    const moment = momentOf(written, timeZone);
    const at = moment && moment.getTime() >= earliest ? moment.toISOString() : undefined;
    if (typeof written === 'string') last = { written, timeZone, at };
    return at;
  };
}

function momentOf(value: unknown, timeZone: string): Date | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value;
  return parseInstant(textOf(value), timeZone);
}
