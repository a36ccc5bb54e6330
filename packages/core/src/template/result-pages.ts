import type { AdapterContext } from '../context.ts';
import { TelephonyError } from '../errors/telephony-error.ts';
import { DelimitedReader } from './delimited.ts';
import { TextReader } from './decode-text.ts';
import type { RepliedScope } from './exchange-template.ts';
import { unreadable } from './outcome-rules.ts';
import type { ReadSettings } from './read-settings.ts';
import { Reply } from './reply.ts';
import type { Scope } from './scope.ts';
import type { TemplateSettings } from './settings-schema.ts';
import type { StepsTemplate } from './steps-template.ts';
import { isTrue } from './value.ts';

type Settings = NonNullable<TemplateSettings['dialerResults']>;
export type Pages = NonNullable<Settings['pages']>;

/** Rows that stand together in one reply, with what they may be read by. */
export interface RowPage {
  readonly scope: RepliedScope;
  readonly rows: readonly unknown[];
}

/** Reports are larger than the answers of commands. */
const limits = { maxResponseBytes: 256 * 1024 ** 2, timeoutMs: 120_000 };
const streamLimits = { maxResponseBytes: 2 * 1024 ** 3, timeoutMs: 30 * 60_000 };

/** A page without rows may stand before others that have some; a system that always names another page has no end. */
const mostEmptyPages = 20;

/** Reading is safe to repeat; a page that fails does not lose those before it. */
const triesOfPage = 3;

export type RowsOf = (scope: RepliedScope) => readonly unknown[];

async function triedAgain<Result>(
  context: AdapterContext,
  run: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      const mayPass = TelephonyError.isInstance(error) && error.retryable;
      if (!mayPass || attempt >= triesOfPage || context.signal.aborted) throw error;
      await new Promise((resolve) =>
        setTimeout(resolve, Math.min(error.retryAfterMs ?? 500 * attempt, 10_000)),
      );
    }
  }
}

/** One reply, read as a whole. */
async function readPage(
  steps: StepsTemplate,
  rowsOf: RowsOf,
  scope: Scope,
  context: AdapterContext,
): Promise<RowPage> {
  const { scope: replied, outcome } = await steps.follow(scope, context, limits);
  return { scope: replied, rows: outcome === 'ok_empty' ? [] : rowsOf(replied) };
}

export interface PageReading {
  readonly more: ((scope: RepliedScope) => unknown) | undefined;
  readonly cursor: ((scope: RepliedScope) => string) | undefined;
  readonly next: ((scope: RepliedScope) => string) | undefined;
}

/** Page by page until the vendor has no more: by a condition, a cursor, the next address, or a page that is not full. */
export async function* readPages(
  steps: StepsTemplate,
  pages: Pages | undefined,
  reading: PageReading,
  rowsOf: RowsOf,
  scope: Scope,
  context: AdapterContext,
): AsyncGenerator<RowPage> {
  // All pages are of one report: what asks for it is not sent again.
  const led = await triedAgain(context, () => steps.lead(scope, context));
  let cursor = pages?.firstCursor ?? '';
  let nextUrl = '';
  let previous = '';
  const cursors = new Set<string>();
  const addresses = new Set<string>();
  let emptyPages = 0;
  for (let page = 1; ; page += 1) {
    const size = pages?.size ?? 0;
    const pageScope: Scope = {
      ...led,
      values: {
        ...led.values,
        page,
        size,
        offset: (page - 1) * size,
        cursor,
      },
      ...(nextUrl !== '' && { nextPage: nextUrl }),
    };
    const read = await triedAgain(context, () => readPage(steps, rowsOf, pageScope, context));
    if (pages && page > 1 && read.rows.length > 0 && read.scope.reply.text === previous) {
      throw repeated(read, 'the same page again');
    }
    previous = read.scope.reply.text;
    yield read;
    if (!pages || !hasMore(pages, reading, read)) return;
    const isEmpty = read.rows.length === 0;
    emptyPages = isEmpty ? emptyPages + 1 : 0;
    const asked = { cursor, nextUrl };
    if (reading.cursor) {
      cursor = reading.cursor(read.scope);
      if (cursor === '' || (isEmpty && cursor === asked.cursor)) return;
      if (cursors.has(cursor)) throw repeated(read, 'a cursor that it has given before');
      cursors.add(cursor);
    }
    if (reading.next) {
      nextUrl = reading.next(read.scope);
      if (nextUrl === '' || (isEmpty && nextUrl === asked.nextUrl)) return;
      if (addresses.has(nextUrl))
        throw repeated(read, 'an address for the next page that it has given before');
      addresses.add(nextUrl);
    }
    if (!reading.more && emptyPages >= mostEmptyPages) {
      throw unreadable(
        read.scope.reply,
        'dialerResults',
        `The last ${mostEmptyPages} pages have no rows, and each names another one: "more" of pages can say where the report ends.`,
      );
    }
    if (page >= pages.most) {
      throw unreadable(
        read.scope.reply,
        'dialerResults',
        `The results have more than ${pages.most} pages.`,
      );
    }
  }
}

function hasMore(pages: Pages, reading: PageReading, { scope, rows }: RowPage): boolean {
  if (reading.more) return isTrue(reading.more(scope));
  if (reading.cursor || reading.next) return true;
  return pages.size !== undefined && rows.length > 0 && rows.length >= pages.size;
}

function repeated({ scope }: RowPage, what: string): TelephonyError {
  return unreadable(
    scope.reply,
    'dialerResults',
    `The telephone system answered with ${what}: reading on would never end.`,
  );
}

/** A delimited report without pages is read while it comes, in flat memory. */
export function isStreamed(settings: Settings): boolean {
  return (
    settings.pages === undefined &&
    settings.rows === undefined &&
    settings.repeat === undefined &&
    delimitedOf(settings.read) !== undefined
  );
}

export function delimitedOf(read: ReadSettings | undefined) {
  return read && !Array.isArray(read) && read.as === 'delimited' ? read : undefined;
}

/** So much of an answer is looked at by the rules of the outcome: a sentence instead of rows is short. */
const judgedCharacters = 65_536;

export async function* readStream(
  steps: StepsTemplate,
  read: NonNullable<ReturnType<typeof delimitedOf>>,
  accept: (head: RepliedScope) => void,
  scope: Scope,
  context: AdapterContext,
): AsyncGenerator<RowPage> {
  const led = await steps.lead(scope, context);
  const { replied, outcome, head, text, rest } = await steps.inSession(led, context, (entered) =>
    readHead(steps, entered, context),
  );
  if (outcome !== 'ok_empty') accept(replied);
  const reader = new DelimitedReader(read);
  const rowsIn = (rows: () => unknown[]): RowPage => {
    try {
      return { scope: replied, rows: rows() };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw unreadable(replied.reply, 'dialerResults', `The report cannot be read: ${reason}.`);
    }
  };
  if (!rest) {
    if (outcome !== 'ok_empty') yield rowsIn(() => [...reader.push(head), ...reader.finish()]);
    return;
  }
  yield rowsIn(() => reader.push(head));
  for await (const bytes of rest) {
    for (const piece of piecesOf(bytes)) yield rowsIn(() => reader.push(text.push(piece)));
  }
  yield rowsIn(() => [...reader.push(text.finish()), ...reader.finish()]);
}

/** The rows of so many bytes are in memory together, however much of a report comes at once. */
const pieceBytes = 32_768;

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceBytes)
    yield bytes.subarray(start, start + pieceBytes);
}

/** The beginning of a report, judged. */
interface ReportHead {
  readonly replied: RepliedScope;
  readonly outcome: ReturnType<StepsTemplate['last']['judge']>;
  readonly head: string;
  readonly text: TextReader;
  /** What has not been read yet; `undefined` where the head is all. */
  readonly rest: AsyncIterable<Uint8Array> | undefined;
}

async function readHead(
  steps: StepsTemplate,
  scope: Scope,
  context: AdapterContext,
): Promise<ReportHead> {
  const response = await steps.last.send(scope, context, streamLimits);
  const text = new TextReader();
  const body = response.body?.[Symbol.asyncIterator]();
  let head = '';
  let isWhole = !body;
  while (body && !isWhole && head.length < judgedCharacters) {
    const { done, value } = await body.next();
    isWhole = done === true;
    head += done ? text.finish() : text.push(value);
  }
  const reply = new Reply(response, head, steps.last.read);
  const replied: RepliedScope = { ...scope, reply };
  try {
    const outcome = steps.last.judge(replied);
    return { replied, outcome, head, text, rest: isWhole ? undefined : body };
  } catch (error) {
    await body?.return?.();
    throw error;
  }
}
