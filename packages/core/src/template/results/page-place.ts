import type { TelephonyError } from '../../errors/telephony-error.ts';
import { unreadable } from '../exchanges/outcome-rules.ts';
import type { RepliedScope, Scope } from '../language/scope.ts';
import type { TemplateSettings } from '../settings-schema.ts';
import { isTrue } from '../language/value.ts';

export type Pages = NonNullable<NonNullable<TemplateSettings['dialerResults']>['pages']>;

/** Rows that come together in one reply, with the scope that they are read in. */
export interface RowPage {
  readonly scope: RepliedScope;
  readonly rows: readonly unknown[];
}

export interface PageReading {
  readonly more: ((scope: RepliedScope) => unknown) | undefined;
  readonly cursor: ((scope: RepliedScope) => string) | undefined;
  readonly next: ((scope: RepliedScope) => string) | undefined;
}

/** A page without rows may come before others that have some; a system that always names another page has no end. */
const mostEmptyPages = 20;

/** What each page names for the next one: a cursor, or an address. */
interface Trail {
  readonly read: ((scope: RepliedScope) => string) | undefined;
  readonly what: string;
  readonly seen: Set<string>;
  at: string;
}

/** The position in a paginated report, and whether there is more to read. */
export class PagePlace {
  readonly #pages: Pages | undefined;
  readonly #reading: PageReading;
  readonly #cursor: Trail;
  readonly #next: Trail;
  #page = 1;
  #previous = '';
  #emptyPages = 0;

  constructor(pages: Pages | undefined, reading: PageReading) {
    const { cursor, next } = reading;
    this.#pages = pages;
    this.#reading = reading;
    this.#cursor = newTrail(cursor, 'a cursor', pages?.firstCursor);
    this.#next = newTrail(next, 'an address for the next page');
  }

  /** What the current page is requested with. */
  scopeOf(led: Scope): Scope {
    const size = this.#pages?.size ?? 0;
    const before = this.#page - 1;
    const page = before + (this.#pages?.firstPage ?? 1);
    const nextPage = this.#next.at;
    return {
      ...led,
      values: { ...led.values, page, size, offset: before * size, cursor: this.#cursor.at },
      ...(nextPage !== '' && { nextPage }),
    };
  }

  /** @throws {TelephonyError} if it is the previous page again */
  accept(read: RowPage): void {
    const { text } = read.scope.reply;
    if (this.#page > 1 && read.rows.length > 0 && text === this.#previous)
      throw repeated(read, 'the same page again');
    this.#previous = text;
  }

  /** Moves on to the next page. @returns whether there is one. @throws {TelephonyError} if there would be no end */
  goOn(read: RowPage): boolean {
    const pages = this.#pages;
    if (!pages || !hasMore(pages, this.#reading, read)) return false;
    this.#emptyPages = read.rows.length === 0 ? this.#emptyPages + 1 : 0;
    if (!follow(this.#cursor, read) || !follow(this.#next, read)) return false;
    if (!this.#reading.more && this.#emptyPages >= mostEmptyPages) {
      throw endless(
        read,
        `The last ${mostEmptyPages} pages have no rows, and each names another one: "more" of pages can say where the report ends.`,
      );
    }
    if (this.#page >= pages.most)
      throw endless(read, `The results have more than ${pages.most} pages.`);
    this.#page += 1;
    return true;
  }
}

const newTrail = (read: Trail['read'], what: string, at = ''): Trail => ({
  read,
  what,
  at,
  seen: new Set(),
});

/** @returns whether the page names another one; a page without rows that names itself is the end */
function follow(trail: Trail, read: RowPage): boolean {
  if (!trail.read) return true;
  const named = trail.read(read.scope);
  if (named === '' || (read.rows.length === 0 && named === trail.at)) return false;
  if (trail.seen.has(named)) throw repeated(read, `${trail.what} that it has given before`);
  trail.seen.add(named);
  trail.at = named;
  return true;
}

function hasMore(pages: Pages, reading: PageReading, { scope, rows }: RowPage): boolean {
  if (reading.more) return isTrue(reading.more(scope));
  if (reading.cursor || reading.next) return true;
  return pages.size !== undefined && rows.length > 0 && rows.length >= pages.size;
}

function repeated(read: RowPage, what: string): TelephonyError {
  return endless(read, `The telephone system answered with ${what}: reading on would never end.`);
}

const endless = ({ scope }: RowPage, message: string): TelephonyError =>
  unreadable(scope.reply, 'dialerResults', message);
