import type { TracedValue } from '../../context.ts';
import type { ReadingStep } from '../../reading.ts';
import type { Reply } from '../replies/reply.ts';

/** What expressions are evaluated against: the values of one piece of work and, later, the vendor's reply. */
export interface Scope {
  readonly values: Readonly<Record<string, unknown>>;
  readonly reply?: Reply;
  /** The vendor's own request, while a notification is being read: `text` and `header` come from it. */
  readonly notification?: Pick<Reply, 'text' | 'headers'>;
  readonly timeZone: string;
  readonly trace?: (value: TracedValue) => void;
  /** See {@link AdapterContext}. */
  readonly explain?: (step: ReadingStep) => void;
  /** An address for the next page given by a reply; replaces the request's own. */
  readonly nextPage?: string;
  /** While items are written: told each one of which a value is refused. A request with such an item is not sent. */
  readonly onRefused?: (item: unknown, error: unknown) => void;
}

/** A scope that has an answer. */
export type RepliedScope = Scope & { readonly reply: Reply };

/** For a text without expressions. */
export const noScope: Scope = { values: {}, timeZone: 'UTC' };
