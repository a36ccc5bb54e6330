import type { ReportedAttempt } from '../features/dialer-results.ts';
import { parsePhone } from '../values/phone-number.ts';
import type { DocumentCompiler } from './compile-document.ts';
import { parseInstant } from './date-format.ts';
import type { Scope } from './scope.ts';
import type { TemplateSettings } from './settings-schema.ts';
import { columnsOf } from './report-columns.ts';
import { compileStatusMap } from './status-map.ts';
import { isTrue, textOf } from './value.ts';

type Settings = NonNullable<TemplateSettings['dialerResults']>;

/** A row that is no attempt, or one that cannot be used. */
export type ReadRow =
  | { readonly attempt: ReportedAttempt }
  | { readonly unreadable: string }
  | { readonly skipped: true };

/** Nobody was dialed before telephones: such a date is a vendor's word for "none". */
const earliest = Date.UTC(1990, 0, 1);

/** Compiles the reading of one row into an attempt. */
export function compileResultRow(settings: Settings, inReply: DocumentCompiler) {
  const inRow = inReply.with({
    row: { description: 'One row of the reply', source: 'capture', members: 'any' },
  });
  const path = ['dialerResults', 'fields'];
  const template = (name: keyof Settings['fields']) =>
    inRow.text(settings.fields[name] ?? '', [...path, name]);
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
  const columns = columnsOf(settings.fields, inRow, path);
  const skip =
    settings.skip === undefined
      ? undefined
      : inRow.expression(settings.skip, ['dialerResults', 'skip']);
  const outcomeOf = compileStatusMap(settings.outcomes);

  /** Reads the rows of one reply, whose values they share. */
  function rowReader(scope: Scope): (row: unknown) => ReadRow {
    const values: Record<string, unknown> = { ...scope.values };
    const rowScope: Scope = { ...scope, values };
    return (row) => {
      values['row'] = row;
      const read = readRow(rowScope);
      if (scope.explain) explainRow(rowScope, read);
      return read;
    };
  }

  function readRow(rowScope: Scope): ReadRow {
    const { timeZone } = rowScope;
    const text = (name: keyof typeof fields) => fields[name].render(rowScope).trim();
    if (skip && isTrue(skip.evaluate(rowScope))) return { skipped: true };
    const at = momentOf(fields.at.value(rowScope), timeZone);
    if (!at || at.getTime() < earliest) return { unreadable: 'its date cannot be read' };
    const areaCode = text('areaCode');
    const number = text('number');
    if (number === '') return { unreadable: 'it has no number' };
    const phone = parsePhone(number, { areaCode });
    const vendorStatus = text('status');
    const id = text('id');
    const contactId = text('contactId');
    const callId = text('callId');
    const extension = text('extension');
    const duration = Number(text('duration') || Number.NaN);
    return {
      attempt: {
        areaCode: phone.areaCode ?? areaCode,
        number: phone.number ?? number,
        at: at.toISOString(),
        outcome: outcomeOf(vendorStatus),
        vendorStatus,
        ...(id !== '' && { id }),
        ...(contactId !== '' && { contactId }),
        ...(callId !== '' && { callId }),
        ...(extension !== '' && { extension }),
        ...(duration >= 0 && Number.isFinite(duration) && { duration }),
      },
    };
  }

  function explainRow(rowScope: Scope, read: ReadRow): void {
    const state = 'attempt' in read ? 'attempt' : 'skipped' in read ? 'skipped' : 'unreadable';
    rowScope.explain?.({
      kind: 'row',
      place: 'dialerResults.fields',
      state,
      ...('unreadable' in read && { reason: read.unreadable }),
      fields: Object.entries(fields).flatMap(([name, field]) =>
        field.isLiteral
          ? []
          : [
              {
                name,
                expression: sources.get(name) ?? '',
                reads: field.inputs(rowScope),
                value: field.render(rowScope),
              },
            ],
      ),
    });
  }

  return { rowReader, outcomeOf, columns };
}

function momentOf(value: unknown, timeZone: string): Date | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value;
  return parseInstant(textOf(value), timeZone);
}
