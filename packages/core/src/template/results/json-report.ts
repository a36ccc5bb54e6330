import type { AdapterContext } from '../../context.ts';
import { areRowsApart, type ListPath } from './apart-rows.ts';
import { parseExpression } from '../language/expression.ts';
import { JsonListReader } from '../replies/json-list.ts';
import { unreadable } from '../exchanges/outcome-rules.ts';
import type { RowPage } from './page-place.ts';
import { beginReport } from './report-beginning.ts';
import type { RowsOf } from './result-pages.ts';
import { rowPages } from './row-pages.ts';
import type { RepliedScope, Scope } from '../language/scope.ts';
import type { TemplateSettings } from '../settings-schema.ts';
import type { StepsTemplate } from '../exchanges/steps-template.ts';

type Settings = NonNullable<TemplateSettings['dialerResults']>;

/** The path to the list of a JSON report that can be read as it arrives; `undefined` for a report that must be read as a whole. */
export function listPathOf(settings: Settings): ListPath | undefined {
  const { read, rows = 'reply' } = settings;
  if (read && (Array.isArray(read) || read.as !== 'json')) return undefined;
  const list = parseExpression(rows);
  if (list.kind !== 'path' || list.root !== 'reply') return undefined;
  const path = list.steps.filter((step) => typeof step === 'string');
  return path.length === list.steps.length && areRowsApart(settings, path) ? path : undefined;
}

/**
 * Reads a report row by row: memory does not grow with its length. The answer is judged at its end, without its rows, because a reported failure may follow them.
 *
 * @param rowsOf gives the rows of an answer that is read as a whole; throws if it has no list
 */
export async function* readJsonReport(
  steps: StepsTemplate,
  path: ListPath,
  rowsOf: RowsOf,
  scope: Scope,
  context: AdapterContext,
): AsyncGenerator<RowPage> {
  const pageOf = (replied: RepliedScope): RowPage => ({
    scope: replied,
    rows: steps.last.judge(replied) === 'ok_empty' ? [] : rowsOf(replied),
  });
  const { judged, text, rest, repliedWith, leave } = await beginReport(
    steps,
    scope,
    context,
    (beginning) => {
      const replied = beginning.repliedWith(beginning.text);
      // Any other answer is complete, an error, or not JSON: it is judged by what is there.
      const isLong =
        beginning.rest !== undefined && beginning.isSuccess && /^\s*[[{]/.test(beginning.text);
      return { replied, whole: isLong ? undefined : pageOf(replied) };
    },
  );
  try {
    if (judged.whole) {
      yield judged.whole;
      return;
    }
    const reader = new JsonListReader(path);
    yield* rowPages(reader, judged.replied, text, rest);
    const around = repliedWith(reader.around);
    if (reader.hasFound && !around.reply.isJson)
      throw unreadable(
        around.reply,
        'dialerResults',
        'The report cannot be read: it is not valid JSON after its rows.',
      );
    // No rows are left in it if the list was read; an answer without a list fails here.
    yield pageOf(around);
  } finally {
    await leave();
  }
}
