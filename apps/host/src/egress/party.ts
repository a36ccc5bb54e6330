import type { EgressScope } from './egress.ts';

/** Of whom a failure is told, and by what it proves who it is. */
export type Party = Pick<EgressScope, 'connection' | 'feature' | 'trust'>;

/** Who is at the other end. */
export const nameOf = ({ feature }: Pick<Party, 'feature'>): string =>
  feature === 'webhook' ? "the CRM's server" : 'the telephone system';

export const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
