import type { Logger } from '@finaz-telephony/core';
import { streamSSE, type SSEStreamingApi } from 'hono/streaming';
import type { ApiKeys } from '../tenants/api-keys.ts';
import type { HostContext } from './host-env.ts';

/** What ends a stream, other than its reader. */
export interface StreamEnds {
  readonly keys: Pick<ApiKeys, 'watch'>;
  /** Aborted when the host shuts down: clients reconnect, to another host or to the next. */
  readonly shutdown: AbortSignal;
  readonly logger: Logger;
}

/**
 * Server-sent events.
 *
 * @param write writes the events until it is finished, or `ending` is aborted: its reader has left, the host is shutting down, or the key that
 * opened it is revoked
 */
export function eventStream(
  context: HostContext,
  { keys, shutdown, logger }: StreamEnds,
  write: (stream: SSEStreamingApi, ending: AbortSignal) => Promise<void>,
): Response {
  context.header('X-Accel-Buffering', 'no');
  const response = streamSSE(context, async (stream) => {
    const ending = new AbortController();
    const end = () => ending.abort();
    stream.onAbort(end);
    shutdown.addEventListener('abort', end);
    // A stream opened during shutdown is ended, too: otherwise it would delay the shutdown.
    if (shutdown.aborted) end();
    const stopWatching = keys.watch(context.get('principal').keyId, end);
    try {
      await write(stream, ending.signal);
    } catch (error) {
      // Rethrown, it would be written unmasked, with everything the database says, outside the log.
      logger.warn({ err: error }, 'an event stream broke off; its reader will connect again');
    } finally {
      shutdown.removeEventListener('abort', end);
      stopWatching();
    }
  });
  // Headers that streamSSE writes. Debtors' data may be kept by nobody; and how a connection is used depends on what its client asked for and understands.
  response.headers.set('Cache-Control', 'no-store');
  response.headers.delete('Connection');
  response.headers.delete('Transfer-Encoding');
  return response;
}
