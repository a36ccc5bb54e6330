import type { ExchangeLog } from '../../src/exchanges/exchange-log.ts';

/** A log that keeps nothing. */
export const noExchanges: ExchangeLog = {
  begin: () => ({ record: () => undefined, settle: () => undefined }),
  find: async () => [],
  prune: async () => 0,
  drain: async () => undefined,
};
