import { TelephonyError } from '../../errors/telephony-error.ts';
import type { AnsweredCallReading } from '../../features/answered-call.ts';
import type { UnreadableRow } from '../../features/dialer-results.ts';
import type { AnsweredCall } from '../../values/answered-call.ts';
import { compileCallFields, type CallFields, type ReadCall } from './answered-call-fields.ts';
import type { Compiled } from '../language/compile-expression.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { told, type Written } from '../language/explain.ts';
import { rowsOf } from '../replies/reply-reader.ts';
import { rowReading } from '../replies/row-reading.ts';
import type { Scope } from '../language/scope.ts';
import type { TemplateSettings } from '../settings-schema.ts';

type Settings = NonNullable<TemplateSettings['answeredCall']>;
type Calls = Pick<AnsweredCallReading, 'events' | 'unreadable'>;

/** Systems send some hundreds at once. All are read and committed together, while other requests wait. */
const mostRows = 1000;

/** Compiles the reading of the answered calls that a notification reports: one, or one in each of its rows. */
export function compileCalls(settings: Settings, place: DocumentPlace): (scope: Scope) => Calls {
  if (settings.rows !== undefined) return compileRows(settings.rows, settings, place);
  if (settings.skip !== undefined)
    place
      .at('skip')
      .report('does nothing without "rows"; a notification of one event is left out by "when"');
  const fields = compileCallFields(settings, place.at('fields'));
  return (scope) => {
    if (scope.explain) explainFields(fields, scope);
    const read = fields.read(scope);
    if ('call' in read) return { events: [read.call] };
    throw unusable(
      `The notification cannot be used: ${read.unreadable}.`,
      'Compare what the telephone system sends with answeredCall.fields of the connection; answeredCall.when can leave out notifications that report no answered call.',
    );
  };
}

function explainFields(fields: CallFields, scope: Scope): void {
  for (const { name, ...field } of fields.explained(scope))
    scope.explain?.({ kind: 'value', place: `answeredCall.fields.${name}`, ...field });
}

function compileRows(
  written: string,
  settings: Settings,
  place: DocumentPlace,
): (scope: Scope) => Calls {
  const inRow = place.with({
    row: { description: 'One row of the notification', source: 'input', members: 'any' },
  });
  const ofRows = place.at('rows');
  const rows = { place: ofRows, expression: written, compiled: ofRows.expression(written) };
  const skip = settings.skip === undefined ? undefined : inRow.at('skip').condition(settings.skip);
  const fields = compileCallFields(settings, inRow.at('fields'));
  const readRow = rowReading(settings, skip, fields.read);

  function explainRow(scope: Scope, read: ReadCall | undefined): void {
    const skipped = skip && {
      name: 'skip',
      expression: settings.skip ?? '',
      reads: skip.inputs(scope),
      value: String(read === undefined),
    };
    scope.explain?.({
      kind: 'row',
      place: 'answeredCall.fields',
      state: !read ? 'skipped' : 'call' in read ? 'event' : 'unreadable',
      ...(read && 'unreadable' in read && { reason: read.unreadable }),
      fields: [...(skipped ? [skipped] : []), ...(read ? fields.explained(scope) : [])],
    });
  }

  return (scope) => {
    const values: Record<string, unknown> = { ...scope.values };
    const events: AnsweredCall[] = [];
    const unreadable: UnreadableRow[] = [];
    const rowScope: Scope = { ...scope, values };
    for (const [index, row] of listOf(rows, scope, settings).entries()) {
      values['row'] = row;
      const read = readRow(rowScope);
      if (scope.explain) explainRow(rowScope, read);
      if (!read) continue;
      if ('call' in read) events.push(read.call);
      else unreadable.push({ position: index + 1, reason: read.unreadable });
    }
    return { events, ...(unreadable.length > 0 && { unreadable }) };
  };
}

function listOf(
  rows: Written & { readonly compiled: Compiled },
  scope: Scope,
  { read }: Settings,
): readonly unknown[] {
  const found = rows.compiled.evaluate(scope);
  const list = rowsOf(found, read);
  told(scope, rows, list ? `${list.length} rows` : found);
  if (!list)
    throw unusable(
      `The notification has no list at "${rows.expression}".`,
      'Compare what the telephone system sends with answeredCall.rows of the connection; answeredCall.when leaves out what has no list.',
    );
  if (list.length > mostRows)
    throw unusable(
      `The notification has ${list.length} rows, and ${mostRows} may be in one.`,
      'Let the telephone system send fewer in one request.',
    );
  return list;
}

const unusable = (message: string, hint: string) =>
  new TelephonyError({ code: 'invalid_input', feature: 'answeredCall', message, hint });
