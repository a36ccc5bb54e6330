import { TelephonyError } from '@finaz-telephony/core';

/** Contacts that an adapter reads while it works. Knows a failure of this host to read them, for which neither the adapter nor the telephone system must answer. */
export class ContactReading {
  #failure: TelephonyError | undefined;

  /** The first one. Its cause is what has failed. */
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

/** What has left by then is not known: contacts are also read before and after they are sent. */
function asFailure(error: unknown): TelephonyError {
  const { code, message, hint } = TelephonyError.isInstance(error) ? error : unnamed;
  return new TelephonyError({ code, message, hint, delivery: 'unknown', cause: error });
}

const unnamed = {
  code: 'internal',
  message: 'This host failed while it read contacts.',
  hint: 'The log of the host has the reason.',
} as const;
