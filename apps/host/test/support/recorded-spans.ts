import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace';
import { expect } from 'vitest';

export interface RecordedSpans {
  readonly all: () => ReadableSpan[];
  /** Resolves with the one of this name, once it has ended. */
  readonly named: (name: string) => Promise<ReadableSpan>;
  readonly forget: () => void;
  /** All that an exporter would get to see of them. */
  readonly shown: () => string;
}

/** An SDK, as an operator brings it with `--import`; once for a file of tests. */
export function recordSpans(): RecordedSpans {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
  );
  const all = () => exporter.getFinishedSpans();
  return {
    all,
    async named(name) {
      await expect.poll(() => all().map((span) => span.name)).toContain(name);
      const found = all().find((span) => span.name === name);
      if (!found) throw new Error(`no span is called ${name}`);
      return found;
    },
    forget: () => exporter.reset(),
    shown: () =>
      JSON.stringify(
        all().map(({ name, kind, attributes, status, events, links, resource }) => ({
          name,
          kind,
          attributes,
          status,
          events,
          links,
          resource: resource.attributes,
        })),
      ),
  };
}

/** The names from a span up to the root, as far as they were recorded here. */
export function lineOf(span: ReadableSpan, all: readonly ReadableSpan[]): string[] {
  const above = all.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId);
  return [span.name, ...(above ? lineOf(above, all) : [])];
}
