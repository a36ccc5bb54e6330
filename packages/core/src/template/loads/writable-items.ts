import { TelephonyError } from '../../errors/telephony-error.ts';
import type { RejectedContact } from '../../features/contact-load.ts';
import { reasonOfRefusal } from '../language/refused-row.ts';
import type { Scope } from '../language/scope.ts';
import { textOf } from '../language/value.ts';
import type { Item } from './phone-values.ts';

/** The items of a batch. One that the connection cannot write, for instance because it lacks a value, must not keep the others from being sent. */
export class WritableItems {
  readonly #refused = new Map<Item, string>();
  #left: readonly Item[];

  constructor(items: readonly Item[]) {
    this.#left = items;
  }

  /** Those that cannot be written. */
  get refused(): readonly RejectedContact[] {
    return [...this.#refused].map(([{ contactId }, reason]) => ({
      contactId: textOf(contactId),
      vendor: {},
      reason,
    }));
  }

  /**
   * Runs what writes the items into a request; again without those that are refused, as a request with one of them was not sent.
   *
   * @param run reads `items`
   * @param mayRepeat whether what `run` does before that request may be done again
   * @returns `undefined` if there is no item left to send
   */
  async send<Result>(
    scope: Scope,
    run: (scope: Scope) => Promise<Result>,
    mayRepeat: (error: TelephonyError) => boolean = () => true,
  ): Promise<Result | undefined> {
    do {
      const refused = new Map<unknown, string>();
      const items = this.#left;
      const known = new Set<unknown>(items);
      const onRefused = (item: unknown, error: unknown) => {
        if (known.has(item)) refused.set(item, reasonOfRefusal(error));
      };
      try {
        return await run({ ...scope, values: { ...scope.values, items }, onRefused });
      } catch (error) {
        const isOfItems = refused.size > 0 && TelephonyError.isInstance(error);
        if (!isOfItems || !mayRepeat(error)) throw error;
      }
      for (const item of items) {
        const reason = refused.get(item);
        if (reason !== undefined) this.#refused.set(item, reason);
      }
      this.#left = items.filter((item) => !refused.has(item));
    } while (this.#left.length > 0);
    return undefined;
  }
}
