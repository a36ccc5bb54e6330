import { ExtensionSchema } from '@finaz-telephony/core/host';
import { Hono } from 'hono';
import type { SSEStreamingApi } from 'hono/streaming';
import type { Gauge } from 'prom-client';
import * as v from 'valibot';
import { invalidRequest } from '../http/request-error.ts';
import type { HostEnv } from '../http/host-env.ts';
import { described, type Operation } from '../http/openapi.ts';
import { wholeNumber } from '../http/paging.ts';
import { eventStream, type StreamEnds } from '../http/event-stream.ts';
import { createTellSeldom } from '../tell-seldom.ts';
import type { TenantDirectory } from '../tenants/tenant.ts';
import type { EventHub } from './event-hub.ts';
import type { EventLog } from './event-log.ts';
import { followEvents } from './follow-events.ts';
import { shownEvent, ShownEventSchema } from './shown-event.ts';
import { createWideStreams } from './wide-streams.ts';

export interface EventStreamDependencies extends StreamEnds {
  readonly log: EventLog;
  readonly hub: EventHub;
  readonly directory: TenantDirectory;
  readonly openStreams: Gauge;
}

/** The data of `ready` is an empty object. */
const MessageSchema = v.union([ShownEventSchema, v.strictObject({})]);

const streamEvents: Operation = {
  id: 'streamEvents',
  tag: 'events',
  summary: 'Answered calls as they happen',
  description:
    "Server-sent events named `answered-call`. The id of each is its place in the tenant's log: connect again with `Last-Event-ID` and nothing is lost, nothing comes twice. The first event, `ready`, tells where the stream begins; an `id` without an event, now and then, how far it has come.",
  query: {
    extension: v.pipe(
      ExtensionSchema,
      v.description(
        'Only calls of this extension; may be repeated. Without it, all of them, in 500 streams of a company at most.',
      ),
    ),
    lastEventId: 'Like Last-Event-ID, for clients that cannot set it.',
  },
  repeated: ['extension'],
  headers: { 'Last-Event-ID': 'The id of the last event that was received.' },
  answers: {
    200: {
      description: 'The stream. Its schema is that of the `data` of each message.',
      schema: MessageSchema,
      mediaType: 'text/event-stream',
    },
  },
};

const heartbeatMs = 15_000;
const retryMs = 1000;

/** What a reader has asked for. */
interface Wanted {
  readonly tenantId: string;
  /** Empty: the calls of all extensions. */
  readonly extensions: ReadonlySet<string>;
  readonly afterSeq: number;
}

/** The live stream of answered calls, under `/v1/tenants/:tenant`. */
export function createEventStreamRoutes(dependencies: EventStreamDependencies): Hono<HostEnv> {
  const { log, hub, directory, logger, openStreams } = dependencies;
  const app = new Hono<HostEnv>();
  const tellSeldom = createTellSeldom(logger);
  const wideStreams = createWideStreams();

  app.get('/events', described(streamEvents), async (context) => {
    const { id: tenantId } = context.get('tenant');
    const extensions = extensionsOf(context.req.queries('extension') ?? []);
    const resumeAt = lastEventId(
      context.req.header('Last-Event-ID') ?? context.req.query('lastEventId'),
    );
    const latest = await log.lastSeq(tenantId);
    // The id may be from before a backup was restored, or of a company that was deleted since: nothing would come after it for a long time.
    const afterSeq = Math.min(resumeAt ?? latest, latest);
    const isWide = extensions.size === 0;
    if (isWide) wideStreams.refuseTooMany(tenantId);
    return eventStream(context, dependencies, async (stream, ending) => {
      openStreams.inc();
      const ended = isWide ? wideStreams.opened(tenantId) : undefined;
      try {
        await writeEvents(stream, ending, { tenantId, extensions, afterSeq });
      } finally {
        openStreams.dec();
        ended?.();
      }
    });
  });

  async function writeEvents(
    stream: SSEStreamingApi,
    signal: AbortSignal,
    { tenantId, extensions, afterSeq }: Wanted,
  ): Promise<void> {
    let place = afterSeq;
    // Tells how far the stream has come, even if no event was for this reader: after a break the reader resumes from there, not from its own last call.
    const heartbeat = setInterval(
      () => void stream.write(`: still here\nid: ${place}\n\n`),
      heartbeatMs,
    );
    try {
      await stream.writeSSE({ event: 'ready', id: String(afterSeq), data: '{}', retry: retryMs });
      const followed = { tenantId, afterSeq, signal, log, hub, directory, tellSeldom };
      for await (const event of followEvents(followed)) {
        place = event.seq;
        // A debtor's data is shown on the screen that asked for exactly this extension, and on no other.
        if (extensions.size > 0 && !extensions.has(event.call.extension)) continue;
        await stream.writeSSE({
          event: 'answered-call',
          id: String(event.seq),
          data: JSON.stringify(shownEvent(event)),
        });
      }
    } finally {
      clearInterval(heartbeat);
    }
  }

  return app;
}

/**
 * Reads extensions like those of calls, without blanks around them. An empty one is refused: no call has it, and a screen that does not know its own extension
 * yet would stay dark without anybody knowing why.
 */
function extensionsOf(named: readonly string[]): ReadonlySet<string> {
  return new Set(
    named.map((text) => {
      const { success, output, issues } = v.safeParse(ExtensionSchema, text);
      if (success) return output;
      throw invalidRequest([{ parameter: 'extension', message: issues[0].message }]);
    }),
  );
}

function lastEventId(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const id = wholeNumber(text);
  if (id === undefined) {
    throw invalidRequest([
      {
        parameter: 'Last-Event-ID',
        message: 'must be the id of an event of this stream, a whole number',
      },
    ]);
  }
  return id;
}
