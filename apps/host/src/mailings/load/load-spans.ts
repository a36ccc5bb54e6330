import { inJobSpan, openJobSpan, untraced, type OpenSpan } from '../../tracing.ts';
import type { LoadWork } from './load-work.ts';

const stepSpan = ({ tenant, record, load, clear }: LoadWork, step: string) => {
  const { connection, name } = (step === 'clear' && clear) || load;
  return {
    cause: record.trace,
    attributes: {
      'telephony.tenant': tenant.id,
      'telephony.connection': connection.name,
      'telephony.feature': name,
      'telephony.mailing.id': record.id,
    },
  };
};

/** A span for a step of a load, linked to the request by which the mailing came in. */
export const inStepSpan = (
  work: LoadWork,
  step: 'clear' | 'prepare' | 'send' | 'activate' | 'deactivate',
  run: () => Promise<void>,
): Promise<void> => inJobSpan(`mailing ${step}`, stepSpan(work, step), run);

/** So many contacts share a span: a million spans would tell no more, and cost more than the load. */
const pageContacts = 200;

interface Page {
  readonly span: OpenSpan;
  contacts: number;
  underWay: number;
  isFull: boolean;
}

/** The spans of contacts that go out by request, one for each page. Batches are spans below it; contacts that go out one by one have no span. */
export class SendSpans {
  readonly #work: LoadWork;
  #page: Page | undefined;

  constructor(work: LoadWork) {
    this.#work = work;
  }

  /** Sends some contacts, in the span of their page. */
  async send<Result>(contacts: number, run: () => Promise<Result>): Promise<Result> {
    const page = (this.#page ??= this.#open());
    page.contacts += contacts;
    page.underWay += 1;
    if (page.contacts >= pageContacts) this.close();
    try {
      return await (this.#work.load.run.batch ? page.span.within(run) : untraced(run));
    } catch (error) {
      page.span.failWith(error);
      throw error;
    } finally {
      page.underWay -= 1;
      endWhereDone(page);
    }
  }

  /** The page gets no more contacts: it ends with those that are under way. */
  close(): void {
    const page = this.#page;
    if (!page) return;
    this.#page = undefined;
    page.isFull = true;
    endWhereDone(page);
  }

  #open(): Page {
    const span = openJobSpan('mailing send', stepSpan(this.#work, 'send'));
    return { span, contacts: 0, underWay: 0, isFull: false };
  }
}

function endWhereDone({ span, contacts, underWay, isFull }: Page): void {
  if (!isFull || underWay > 0) return;
  span.tell({ 'telephony.mailing.contacts': contacts });
  span.end();
}
