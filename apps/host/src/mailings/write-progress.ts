import type { SSEStreamingApi } from 'hono/streaming';
import { rest } from '../rest.ts';
import type { MailingRecord } from './mailing-store.ts';
import { rateBetween, showMailing } from './show-mailing.ts';

const everyMs = 250;

/** Writes a mailing to the stream whenever it has changed, until it has ended. */
export async function writeProgress(
  stream: SSEStreamingApi,
  ending: AbortSignal,
  clock: () => number,
  find: () => Promise<MailingRecord | undefined>,
): Promise<void> {
  let shown = '';
  let earlier: { readonly record: MailingRecord; readonly at: number } | undefined;
  let beat = 0;
  while (!ending.aborted) {
    const record = await find().catch(() => undefined);
    // The company was deleted, or the store is away: the client reconnects, and the answer tells which.
    if (!record || ending.aborted) return;
    const at = clock();
    const text = JSON.stringify(showMailing(record, at, rateBetween(earlier, record, at)));
    earlier = { record, at };
    beat += 1;
    if (text !== shown) await stream.writeSSE({ event: 'progress', data: text });
    else if (beat % 60 === 0) await stream.write(': still here\n\n');
    shown = text;
    if (record.state === 'finished' || record.state === 'cancelled') return;
    await rest(everyMs, { signal: ending });
  }
}
