import type { AdapterContext } from '../context.ts';
import { DelimitedReader } from './delimited.ts';
import { JsonLinesReader } from './json-lines.ts';
import type { RowPage } from './page-place.ts';
import type { DelimitedSettings, ReadSettings } from './read-settings.ts';
import { beginReport } from './report-beginning.ts';
import { repliedOf, rowPages, type RowReader } from './row-pages.ts';
import type { RepliedScope, Scope } from './scope.ts';
import type { StepsTemplate } from './steps-template.ts';

/** A form whose rows stand one behind the other, with nothing around them. */
export interface LineForm {
  readonly reader: () => RowReader;
  /** As much of the beginning of a report as can be read by itself. */
  readonly wholeLinesOf: (beginning: string) => string;
}

export function delimitedOf(read: ReadSettings | undefined): DelimitedSettings | undefined {
  return read && !Array.isArray(read) && read.as === 'delimited' ? read : undefined;
}

export function lineFormOf(read: ReadSettings | undefined): LineForm | undefined {
  if (!read || Array.isArray(read)) return undefined;
  if (read.as === 'delimited')
    return { reader: () => new DelimitedReader(read), wholeLinesOf: (beginning) => beginning };
  if (read.as !== 'ndjson') return undefined;
  const wholeLinesOf = (beginning: string) => beginning.slice(0, beginning.lastIndexOf('\n') + 1);
  return { reader: () => new JsonLinesReader(), wholeLinesOf };
}

/**
 * Row by row, in flat memory, once its beginning was judged.
 *
 * @param accept throws where the beginning is none of a report
 */
export async function* readLineReport(
  steps: StepsTemplate,
  form: LineForm,
  accept: (beginning: RepliedScope) => void,
  scope: Scope,
  context: AdapterContext,
): AsyncGenerator<RowPage> {
  const { text, rest, judged } = await beginReport(steps, scope, context, (beginning) => {
    const lines = beginning.rest ? form.wholeLinesOf(beginning.text) : beginning.text;
    const replied = repliedOf(steps, beginning.scope, beginning.response, lines);
    return { replied, outcome: steps.last.judge(replied) };
  });
  const { replied, outcome } = judged;
  if (outcome !== 'ok_empty') accept(replied);
  else if (!rest) return;
  yield* rowPages(form.reader(), replied, text, rest);
}
