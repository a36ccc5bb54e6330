/** A client of the event stream that reconnects with `Last-Event-ID` whenever the stream ends. */
export interface ResumingClient {
  /** How often each call was received. */
  readonly shown: ReadonlyMap<string, number>;
  /** Calls of other operators, which this client must not get. */
  readonly foreign: readonly string[];
  readonly reconnections: () => number;
  readonly stop: () => Promise<void>;
}

/** @param extension the operator's extension; without it, the client listens to all operators */
export function startResumingClient(
  target: () => string,
  key: string,
  extension?: string,
): ResumingClient {
  const query = extension === undefined ? '' : `?extension=${extension}`;
  const shown = new Map<string, number>();
  const foreign: string[] = [];
  const closing = new AbortController();
  let lastEventId = '0';
  let reconnections = -1;

  async function listenOnce(): Promise<void> {
    reconnections += 1;
    const response = await fetch(`${target()}/v1/tenants/1042/events${query}`, {
      headers: { Authorization: `Bearer ${key}`, 'Last-Event-ID': lastEventId },
      signal: closing.signal,
    });
    if (!response.body) return;
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body) {
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        take(text.slice(0, end));
        text = text.slice(end + 2);
      }
    }
  }

  function take(message: string): void {
    const id = /^id: (.*)$/m.exec(message)?.[1];
    const callId = /"callId":"([^"]+)"/.exec(message)?.[1];
    if (id !== undefined) lastEventId = id;
    if (callId === undefined) return;
    const whose = /"extension":"([^"]+)"/.exec(message)?.[1];
    if (extension !== undefined && whose !== extension) foreign.push(callId);
    shown.set(callId, (shown.get(callId) ?? 0) + 1);
  }

  const running = (async () => {
    while (!closing.signal.aborted) {
      await listenOnce().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  })();
  return {
    shown,
    foreign,
    reconnections: () => reconnections,
    async stop() {
      closing.abort();
      await running;
    },
  };
}
