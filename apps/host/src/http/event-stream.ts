import type { Logger } from '@finaz-telephony/core';
import { streamSSE, type SSEStreamingApi } from 'hono/streaming';
import type { ApiKeys } from '../tenants/api-keys.ts';
import type { HostContext } from './host-env.ts';

/** What ends a stream besides its reader. */
export interface StreamEnds {
  readonly keys: Pick<ApiKeys, 'watch'>;
  /** Aborted when the host shuts down: clients connect again, to another host or to the next. */
  readonly shutdown: AbortSignal;
  readonly logger: Logger;
}

/**
 * Server-sent events.
 *
 * @param write gives them until it has come to an end of its own, or `ending` is aborted: its reader has left, the host is about to end, or the key that
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
    // One that comes while the host ends is ended, too: it would hold up the end.
    if (shutdown.aborted) end();
    const stopWatching = keys.watch(context.get('principal').keyId, end);
    try {
      await write(stream, ending.signal);
    } catch (error) {
      // Thrown on, it would be written as it is, with all that the database says, beside the log.
      logger.warn({ err: error }, 'a stream has broken off; who reads it comes again');
    } finally {
      shutdown.removeEventListener('abort', end);
      stopWatching();
    }
  });
  // Debtors' data, which nobody may keep. Set last: streamSSE writes a header of its own.
  response.headers.set('Cache-Control', 'no-store');
  return response;
}
