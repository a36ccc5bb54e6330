import type { MailingTable } from '../../store/schema.ts';

/** What a load does next before contacts may leave; `undefined` where they may. */
export function stepBeforeSending({
  cleared_at,
  prepared_at,
}: Pick<MailingTable, 'cleared_at' | 'prepared_at'>): 'clear' | 'prepare' | undefined {
  if (cleared_at === null) return 'clear';
  return prepared_at === null ? 'prepare' : undefined;
}
