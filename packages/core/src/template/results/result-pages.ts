import type { AdapterContext } from '../../context.ts';
import { PagePlace, type PageReading, type Pages, type RowPage } from './page-place.ts';
import { tryPage } from './page-tries.ts';
import type { RepliedScope, Scope } from '../language/scope.ts';
import type { StepsTemplate } from '../exchanges/steps-template.ts';

/** Reports are larger than the answers of commands. Each page is read in one go, and all companies wait in the meantime: nearly a second for this size, in which 300,000 rows are read. */
const limits = { maxResponseBytes: 64 * 1024 ** 2, timeoutMs: 120_000 };

export type RowsOf = (scope: RepliedScope) => readonly unknown[];

/** One reply, read as a whole. */
async function readPage(
  steps: StepsTemplate,
  rowsOf: RowsOf,
  scope: Scope,
  context: AdapterContext,
): Promise<RowPage> {
  const { scope: replied, outcome } = await steps.follow(scope, context, limits);
  return { scope: replied, rows: outcome === 'ok_empty' ? [] : rowsOf(replied) };
}

/** Page by page until the vendor has no more: by a condition, a cursor, the next address, or a page that is not full. */
export async function* readPages(
  steps: StepsTemplate,
  pages: Pages | undefined,
  reading: PageReading,
  rowsOf: RowsOf,
  scope: Scope,
  context: AdapterContext,
): AsyncGenerator<RowPage> {
  // All pages belong to one report: the requests that order it are not sent again.
  const led = await tryPage(context, () => steps.lead(scope, context));
  const place = new PagePlace(pages, reading);
  for (;;) {
    const asked = place.scopeOf(led);
    const read = await tryPage(context, () => readPage(steps, rowsOf, asked, context));
    place.accept(read);
    yield read;
    if (!place.goOn(read)) return;
  }
}
