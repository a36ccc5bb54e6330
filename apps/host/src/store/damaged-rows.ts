import { TelephonyError, type Logger } from '@finaz-telephony/core';
import * as v from 'valibot';
import type { Store } from './store.ts';

/** A row whose content does not open any more: it was damaged, or sealed under another key. */
export interface DamagedRow {
  readonly tenant?: string;
  readonly table: string;
  readonly row: string;
}

const mostRemembered = 5000;

/** Logs each damaged row once: it is read again with every page that it is on. */
export function createDamageTeller(logger: Logger): Store['tellDamaged'] {
  const told = new Set<string>();
  return (damaged, error) => {
    const name = `${damaged.table} ${damaged.row}`;
    if (told.has(name)) return;
    if (told.size >= mostRemembered) told.clear();
    told.add(name);
    // What JSON.parse says quotes the text, which may be personal.
    const why = error instanceof SyntaxError ? { reason: 'it is not valid JSON' } : { err: error };
    logger.error(
      { ...damaged, ...why },
      'a stored row cannot be read; lists show it as unreadable, and what else is in them; streams pass it over',
    );
  };
}

/** The content of a row; `undefined`, and told, if it does not open: it must not keep the other rows of a list from people. */
export function openRow<Content>(
  { tellDamaged }: Pick<Store, 'tellDamaged'>,
  row: DamagedRow,
  open: () => Content,
): Content | undefined {
  try {
    return open();
  } catch (error) {
    tellDamaged(row, error);
    return undefined;
  }
}

/** What people do about a row without which something cannot be done. */
export const restoreBackup = 'Restore the database and the master key from the same backup.';

/**
 * The content of a row without which nothing can be done for a person.
 *
 * @param what the row holds, with its id, at the beginning of a sentence
 * @throws {TelephonyError} `internal`, and told, if it does not open
 */
export function openNeededRow<Content>(
  store: Pick<Store, 'tellDamaged'>,
  row: DamagedRow,
  { what, hint = restoreBackup }: { readonly what: string; readonly hint?: string },
  open: () => Content,
): Content {
  const content = openRow(store, row, open);
  if (content !== undefined) return content;
  throw new TelephonyError({
    code: 'internal',
    message: `${what} cannot be read: the stored row was damaged, or belongs to another master key.`,
    hint,
    delivery: 'not_sent',
  });
}

/** Of what people are shown: whether a row is damaged. @param lost what they are not shown of it, then */
export const unreadableRow = (lost: string) =>
  v.pipe(
    v.optional(v.literal(true)),
    v.description(`The stored row is damaged: its ${lost} cannot be read.`),
  );
