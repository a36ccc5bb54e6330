import type { ReportedAttempt } from './dialer-results.ts';

const marker = Symbol.for('finaz-telephony.pages');

/** Attempts that came together. Each is read when it is asked for. */
export type AttemptsOfPage = Iterable<ReportedAttempt>;

/** A report that came by the page: attempt by attempt for whoever wants no more, by {@link pagesOf} for a host. */
export interface PagedReport extends AsyncIterable<ReportedAttempt> {
  readonly [marker]: () => AsyncIterable<AttemptsOfPage>;
}

/** @param pages begins to read them; called once */
export function pagedReport(pages: () => AsyncIterable<AttemptsOfPage>): PagedReport {
  return {
    [marker]: pages,
    async *[Symbol.asyncIterator]() {
      for await (const page of pages()) yield* page;
    },
  };
}

/** Any report by the page: whoever reads a million attempts waits once for each page of them, not once for each attempt. One that came attempt by attempt has pages of one. */
export async function* pagesOf(
  report: AsyncIterable<ReportedAttempt>,
): AsyncGenerator<AttemptsOfPage> {
  if (isPaged(report)) yield* report[marker]();
  else for await (const attempt of report) yield [attempt];
}

const isPaged = (report: AsyncIterable<ReportedAttempt>): report is PagedReport => marker in report;
