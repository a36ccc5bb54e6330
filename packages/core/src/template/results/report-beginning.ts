import type { AdapterContext } from '../../context.ts';
import { TextReader } from '../replies/decode-text.ts';
import { tryPage } from './page-tries.ts';
import { Reply } from '../replies/reply.ts';
import type { RepliedScope, Scope } from '../language/scope.ts';
import type { StepsTemplate } from '../exchanges/steps-template.ts';

const limits = { maxResponseBytes: 2 * 1024 ** 3, timeoutMs: 30 * 60_000 };

/** How many characters of a long answer are available when it is judged: a sentence instead of rows is short. */
const judgedCharacters = 65_536;

/** The beginning of a report that is read as it arrives. */
export interface ReportBeginning {
  /** Whether the HTTP status is a success. */
  readonly isSuccess: boolean;
  readonly text: string;
  /** What has not been read yet; `undefined` if the beginning is everything. */
  readonly rest: AsyncIterable<string> | undefined;
  /** What rules and rows see: the answer, with this much of its text. */
  readonly repliedWith: (text: string) => RepliedScope;
  /** Stops reading. Until then the answer holds a socket, whether it is read or not. */
  readonly leave: () => Promise<unknown>;
}

/**
 * Requests a report and reads its beginning. If the telephone system could not deliver it, it is requested again: no row has been read by then.
 *
 * @param judge looks at the beginning; throws if it is not a success
 */
export async function beginReport<Judged>(
  steps: StepsTemplate,
  scope: Scope,
  context: AdapterContext,
  judge: (beginning: ReportBeginning) => Judged,
): Promise<ReportBeginning & { readonly judged: Judged }> {
  const led = await tryPage(context, () => steps.lead(scope, context));
  return tryPage(context, () =>
    steps.inSession(led, context, async (entered) => {
      const beginning = await readBeginning(steps, entered, context);
      try {
        return { ...beginning, judged: judge(beginning) };
      } catch (error) {
        await beginning.leave();
        throw error;
      }
    }),
  );
}

async function readBeginning(
  steps: StepsTemplate,
  scope: Scope,
  context: AdapterContext,
): Promise<ReportBeginning> {
  const response = await steps.last.send(scope, context, limits);
  const reader = new TextReader();
  const body = response.body?.[Symbol.asyncIterator]();
  let text = '';
  let isWhole = !body;
  while (body && !isWhole && text.length < judgedCharacters) {
    const { done, value } = await body.next();
    isWhole = done === true;
    text += done ? reader.finish() : reader.push(value);
  }
  const rest = body && !isWhole ? textIn(body, reader) : undefined;
  const leave = async () => body?.return?.();
  const repliedWith = (known: string): RepliedScope => ({
    ...scope,
    reply: new Reply(response, known, steps.last.read),
  });
  return { isSuccess: response.ok, text, rest, repliedWith, leave };
}

/** The most bytes of rows that are in memory together, however much of a report arrives at once. */
const chunkBytes = 32_768;

async function* textIn(body: AsyncIterable<Uint8Array>, reader: TextReader) {
  for await (const bytes of body)
    for (let start = 0; start < bytes.length; start += chunkBytes)
      yield reader.push(bytes.subarray(start, start + chunkBytes));
  yield reader.finish();
}
