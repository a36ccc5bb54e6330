import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import type { AsteriskHost } from './asterisk-host.ts';

const EventSchema = v.object({ contactId: v.string(), extension: v.string(), callId: v.string() });
export type ScreenEvent = v.InferOutput<typeof EventSchema>;

/** The screen of one operator. Listens for its extension, and reconnects from the last event on after a break. */
export interface OperatorScreen {
  readonly extension: string;
  /** The events received, by call id. */
  readonly events: ReadonlyMap<string, ScreenEvent>;
  readonly close: () => Promise<void>;
}

/** Opens a screen, whose `close` throws if an event came twice or was another operator's. */
export function openScreen({ ask }: AsteriskHost, extension: string): OperatorScreen {
  const events = new Map<string, ScreenEvent>();
  const ending = new AbortController();
  let lastId: string | undefined;

  function take(block: string): void {
    const data = /^data: (\{"id".*\})$/m.exec(block)?.[1];
    lastId = /^id: (.+)$/m.exec(block)?.[1] ?? lastId;
    if (data === undefined) return;
    const event = v.parse(EventSchema, JSON.parse(data));
    assert.ok(!events.has(event.callId), `the event of ${event.callId} came twice`);
    assert.equal(event.extension, extension, 'an event on the screen of another operator');
    events.set(event.callId, event);
  }

  async function listen(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        const stream = await ask(`/events?extension=${extension}`, {
          signal: ending.signal,
          headers: lastId === undefined ? {} : { 'Last-Event-ID': lastId },
        });
        let text = '';
        for await (const chunk of stream.body ?? []) {
          text += Buffer.from(chunk).toString();
          const blocks = text.split('\n\n');
          text = blocks.pop() ?? '';
          blocks.forEach(take);
        }
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        await pause(200);
      }
    }
  }

  const listening = listen();
  // close() reports a failure.
  listening.catch(() => undefined);
  return {
    extension,
    events,
    async close() {
      ending.abort();
      await listening;
    },
  };
}
