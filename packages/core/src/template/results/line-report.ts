import type { AdapterContext } from '../../context.ts';
import { areRowsApart } from './apart-rows.ts';
import { DelimitedReader } from '../replies/delimited.ts';
import { JsonLinesReader } from '../replies/json-lines.ts';
import type { RowPage } from './page-place.ts';
import type { DelimitedSettings, ReadSettings } from '../replies/read-settings.ts';
import { beginReport } from './report-beginning.ts';
import { rowPages, type RowReader } from './row-pages.ts';
import type { RepliedScope, Scope } from '../language/scope.ts';
import type { TemplateSettings } from '../settings-schema.ts';
import type { StepsTemplate } from '../exchanges/steps-template.ts';

type Settings = NonNullable<TemplateSettings['dialerResults']>;

/** A format whose rows follow one another, with nothing around them. */
export interface LineForm {
  readonly reader: () => RowReader;
  /** The part of the beginning of a report that can be read by itself. */
  readonly readablePart: (beginning: string) => string;
}

export function delimitedOf(read: ReadSettings | undefined): DelimitedSettings | undefined {
  return read && !Array.isArray(read) && read.as === 'delimited' ? read : undefined;
}

/** For a report that can be read as it arrives. */
export function lineFormOf(settings: Settings): LineForm | undefined {
  const { read, rows } = settings;
  if (rows !== undefined || !read || Array.isArray(read)) return undefined;
  if (read.as === 'delimited')
    return { reader: () => new DelimitedReader(read), readablePart: (beginning) => beginning };
  if (read.as !== 'ndjson' || !areRowsApart(settings, [])) return undefined;
  const wholeLines = (beginning: string) => beginning.slice(0, beginning.lastIndexOf('\n') + 1);
  return { reader: () => new JsonLinesReader(), readablePart: wholeLines };
}

/**
 * Reads a report row by row, once its beginning has been judged: memory does not grow with its length.
 *
 * @param accept throws if the beginning is not that of a report
 */
export async function* readLineReport(
  steps: StepsTemplate,
  form: LineForm,
  accept: (beginning: RepliedScope) => void,
  scope: Scope,
  context: AdapterContext,
): AsyncGenerator<RowPage> {
  const { text, rest, leave, judged } = await beginReport(steps, scope, context, (beginning) => {
    const part = beginning.rest ? form.readablePart(beginning.text) : beginning.text;
    const replied = beginning.repliedWith(part);
    const outcome = steps.last.judge(replied);
    if (outcome !== 'ok_empty') accept(replied);
    return { replied, outcome };
  });
  // A long report is read all the same, although no rule has seen all of it.
  if (judged.outcome === 'ok_empty' && !rest) return;
  try {
    yield* rowPages(form.reader(), judged.replied, text, rest);
  } finally {
    await leave();
  }
}
