import type { Egress } from '../../src/egress/egress.ts';

/** A way out that leads nowhere: for work of which nothing is to be sent. */
export const noEgress: Egress = {
  fetchFor: () => () => Promise.reject(new Error('nothing is sent here')),
  close: async () => undefined,
};
