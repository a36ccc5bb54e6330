import type { EgressScope } from './egress.ts';

/** The other side of a connection, for messages about a failure. */
export type Party = Pick<EgressScope, 'connection' | 'feature' | 'trust'>;

/** How messages call the other side. */
export const nameOf = ({ feature }: Pick<Party, 'feature'>): string =>
  feature === 'webhook' ? "the CRM's server" : 'the telephone system';

export const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
