import type { SSEStreamingApi } from 'hono/streaming';
import type { ApiKeys } from '../tenants/api-keys.ts';
import type { HostContext } from './host-env.ts';

export interface StreamLifeDependencies {
  readonly keys: Pick<ApiKeys, 'watch'>;
  /** Aborted when the host shuts down: clients connect again, to another host or to the next. */
  readonly shutdown: AbortSignal;
}

/** How long a stream may go on. */
export interface StreamLife {
  /** Aborted when its reader leaves, when the host is about to end, and when the key that opened it is revoked. */
  readonly ending: AbortSignal;
  /** For when the stream has come to its own end. */
  readonly over: () => void;
}

export function streamLife(
  stream: SSEStreamingApi,
  context: HostContext,
  { keys, shutdown }: StreamLifeDependencies,
): StreamLife {
  const ending = new AbortController();
  const end = () => ending.abort();
  stream.onAbort(end);
  shutdown.addEventListener('abort', end);
  // One that comes while the host ends is ended, too: it would hold up the end.
  if (shutdown.aborted) end();
  const stopWatching = keys.watch(context.get('principal').keyId, end);
  return {
    ending: ending.signal,
    over() {
      shutdown.removeEventListener('abort', end);
      stopWatching();
    },
  };
}
