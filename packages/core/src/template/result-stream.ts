import type { AdapterContext } from '../context.ts';
import { DelimitedReader } from './delimited.ts';
import { TextReader } from './decode-text.ts';
import { unreadable } from './outcome-rules.ts';
import type { DelimitedSettings, ReadSettings } from './read-settings.ts';
import { Reply } from './reply.ts';
import type { RowPage } from './page-place.ts';
import type { RepliedScope, Scope } from './scope.ts';
import type { TemplateSettings } from './settings-schema.ts';
import type { StepsTemplate } from './steps-template.ts';

type Settings = NonNullable<TemplateSettings['dialerResults']>;

const limits = { maxResponseBytes: 2 * 1024 ** 3, timeoutMs: 30 * 60_000 };

/** A delimited report without pages is read while it comes, in flat memory. */
export function isStreamed(settings: Settings): boolean {
  return (
    settings.pages === undefined &&
    settings.rows === undefined &&
    settings.repeat === undefined &&
    delimitedOf(settings.read) !== undefined
  );
}

export function delimitedOf(read: ReadSettings | undefined): DelimitedSettings | undefined {
  return read && !Array.isArray(read) && read.as === 'delimited' ? read : undefined;
}

/** So much of an answer is looked at by the rules of the outcome: a sentence instead of rows is short. */
const judgedCharacters = 65_536;

/** Row by row, in flat memory, once its beginning was judged. */
export async function* readStream(
  steps: StepsTemplate,
  read: DelimitedSettings,
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
  const response = await steps.last.send(scope, context, limits);
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
