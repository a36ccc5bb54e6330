import { TelephonyError } from '@finaz-telephony/core';

/** Watches an adapter read contacts, and remembers whether this host failed to read them: the fault of neither adapter nor telephone system. */
export class ContactReading {
  #failure: TelephonyError | undefined;

  /** The first failure to read contacts; its `cause` is the original error. */
  get failure(): TelephonyError | undefined {
    return this.#failure;
  }

  async *watched<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
    try {
      yield* items;
    } catch (error) {
      const failure = asFailure(error);
      this.#failure ??= failure;
      throw failure;
    }
  }
}

/** Delivery is unknown: adapters also read contacts before and after they send them, so the failure does not tell what has left. */
function asFailure(error: unknown): TelephonyError {
  const { code, message, hint } = TelephonyError.isInstance(error) ? error : unnamed;
  return new TelephonyError({ code, message, hint, delivery: 'unknown', cause: error });
}

const unnamed = {
  code: 'internal',
  message: 'This host failed while it read contacts.',
  hint: 'The log of the host has the reason.',
} as const;
