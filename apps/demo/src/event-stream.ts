/** An answered call as it comes over the stream. */
export interface StreamedCall {
  readonly contactId: string | null;
  readonly callId: string;
  readonly extension: string;
}

export interface EventStream {
  readonly next: () => Promise<StreamedCall>;
  readonly close: () => void;
}

/** A screen that waits for calls: opens the stream and resolves once it is live. */
export async function openEventStream(url: string, key: string): Promise<EventStream> {
  const closing = new AbortController();
  const response = await fetch(url, {
    headers: { Authorization: `Bearer ${key}` },
    signal: closing.signal,
  });
  if (!response.ok || !response.body)
    throw new Error(`the stream of events answered ${response.status}: ${await response.text()}`);
  const messages = readMessages(response.body);
  await messages.next();
  return {
    async next() {
      const { value } = await messages.next();
      if (value === undefined) throw new Error('the stream of events ended');
      const call: StreamedCall = JSON.parse(value);
      return call;
    },
    close: () => closing.abort(),
  };
}

async function* readMessages(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data !== undefined) yield data;
    }
  }
}
