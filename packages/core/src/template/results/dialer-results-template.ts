import type {
  DialerResults,
  DialerResultsInput,
  ReportedAttempt,
} from '../../features/dialer-results.ts';
import { paged } from '../../features/paged.ts';
import type { AdapterContext } from '../../context.ts';
import type { Compiled } from '../language/compile-expression.ts';
import { told } from '../language/explain.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { compileResultRow } from './result-row.ts';
import { listPathOf, readJsonReport } from './json-report.ts';
import { delimitedOf, lineFormOf, readLineReport } from './line-report.ts';
import type { PageReading, RowPage } from './page-place.ts';
import { readPages, type RowsOf } from './result-pages.ts';
import { windowsOf } from './result-windows.ts';
import { compileList } from '../replies/reply-list.ts';
import { demandColumns } from '../replies/report-columns.ts';
import type { RepliedScope, Scope } from '../language/scope.ts';
import type { TemplateSettings } from '../settings-schema.ts';
import { compileSteps } from '../exchanges/steps-template.ts';
import { mailingScope } from '../exchanges/request-scope.ts';
import type { TemplateConnection } from '../template-connection.ts';
import type { TextTemplate } from '../language/text-template.ts';
import { pageVariables } from '../language/variables.ts';

type Settings = NonNullable<TemplateSettings['dialerResults']>;

export function compileDialerResults(
  settings: Settings,
  connection: TemplateConnection,
): DialerResults {
  const place = connection.placeOf('dialerResults');
  const steps = compileSteps(settings, connection, place, settings.pages && pageVariables);
  if (settings.repeat?.otherwise === 'goOn') {
    place
      .at('repeat', 'otherwise')
      .report('must be "fail": an unfinished report would count as a complete one');
  }
  const { replied } = steps.last;
  const { rowReader, outcomeOf, columns } = compileResultRow(settings, replied);
  const reading = compilePages(settings, replied.at('pages'));
  const delimited = delimitedOf(settings.read);
  const list = compileList(
    { rows: settings.rows, read: settings.read, columns, feature: 'dialerResults' },
    replied.at('rows'),
  );
  const demand = (scope: RepliedScope) => {
    if (delimited) demandColumns(columns, delimited, scope, 'dialerResults');
  };
  const rowsIn: RowsOf = (scope) => {
    demand(scope);
    return list(scope);
  };
  // Judges the beginning of a report: delimited text by its columns, as its last row may be incomplete; NDJSON by its rows.
  const accept = delimited ? demand : list;
  // A report in one answer is read as it arrives, if its format allows that.
  const isOneAnswer = settings.pages === undefined && settings.repeat === undefined;

  function pagesOf(scope: Scope, context: AdapterContext): AsyncGenerator<RowPage> {
    // Only once a report is requested: these throw for an expression with a mistake, and a document with mistakes is still compiled to its end.
    const lines = isOneAnswer ? lineFormOf(settings) : undefined;
    const listPath = isOneAnswer ? listPathOf(settings) : undefined;
    if (lines) return readLineReport(steps, lines, accept, scope, context);
    return listPath
      ? readJsonReport(steps, listPath, rowsIn, scope, context)
      : readPages(steps, settings.pages, reading, rowsIn, scope, context);
  }

  async function* pages(
    input: DialerResultsInput,
    context: AdapterContext,
  ): AsyncGenerator<Iterable<ReportedAttempt>> {
    const rows = { read: 0 };
    for (const { from, to } of windowsOf(settings.windows, input.period, context.tenant.timeZone)) {
      const scope = mailingScope(connection, context, input.mailing, { from, to });
      for await (const page of pagesOf(scope, context)) yield attemptsOf(page, rows, input);
    }
  }

  /** @param rows how many were read before */
  function* attemptsOf(
    page: RowPage,
    rows: { read: number },
    { onUnreadable }: DialerResultsInput,
  ): Generator<ReportedAttempt> {
    const readRow = rowReader(page.scope);
    for (const row of page.rows) {
      rows.read += 1;
      const result = readRow(row);
      if (!result) continue;
      if ('attempt' in result) yield result.attempt;
      else onUnreadable?.({ position: rows.read, reason: result.unreadable });
    }
  }

  return { read: (input, context) => paged(() => pages(input, context)), outcomeOf };
}

function compilePages({ pages }: Settings, place: DocumentPlace): PageReading {
  const more = pages?.more === undefined ? undefined : place.at('more').expression(pages.more);
  const cursor = pages?.cursor === undefined ? undefined : place.at('cursor').text(pages.cursor);
  const next = pages?.next === undefined ? undefined : place.at('next').text(pages.next);
  const tell = <Value>(
    scope: RepliedScope,
    name: 'more' | 'cursor' | 'next',
    compiled: Compiled | TextTemplate,
    value: Value,
  ) => told(scope, { place: place.at(name), expression: pages?.[name] ?? '', compiled }, value);
  return {
    more: more && ((scope) => tell(scope, 'more', more, more.evaluate(scope))),
    cursor: cursor && ((scope) => tell(scope, 'cursor', cursor, cursor.render(scope).trim())),
    next: next && ((scope) => tell(scope, 'next', next, next.render(scope).trim())),
  };
}
