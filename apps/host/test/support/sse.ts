/** A message of a server-sent stream. */
export interface SseMessage {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

export interface SseClient {
  /** The next message; waits for it. */
  readonly next: () => Promise<SseMessage>;
  readonly close: () => void;
}

/** Opens a stream of events, as a CRM's screen would. */
export async function openSse(url: string, key: string, lastEventId?: string): Promise<SseClient> {
  const closing = new AbortController();
  const response = await fetch(url, {
    headers: {
      Authorization: `Bearer ${key}`,
      ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
    },
    signal: closing.signal,
  });
  if (response.status !== 200 || !response.body)
    throw new Error(`the stream answered ${response.status}: ${await response.text()}`);
  const messages = readMessages(response.body);
  return {
    async next() {
      const { value, done } = await messages.next();
      if (done || !value) throw new Error('the stream ended');
      return value;
    },
    close: () => closing.abort(),
  };
}

async function* readMessages(body: ReadableStream<Uint8Array>): AsyncGenerator<SseMessage> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line): [string, string] => {
            const colon = line.indexOf(':');
            return [line.slice(0, colon), line.slice(colon + 1).trim()];
          }),
      );
      text = text.slice(end + 2);
      const event = fields.get('event');
      if (event !== undefined)
        yield { event, id: fields.get('id') ?? '', data: fields.get('data') ?? '' };
    }
  }
}
