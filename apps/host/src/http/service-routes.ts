import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Hono } from 'hono';
import type { Registry } from 'prom-client';
import * as v from 'valibot';
import { acceptedTypes } from './accept.ts';
import { described } from './openapi.ts';
import type { HostEnv } from './host-env.ts';

export interface ServiceRouteDependencies {
  readonly registry: Registry;
  /** Before the series are told. */
  readonly forgetDeleted: () => Promise<void>;
  /** Fails while the host cannot work. */
  readonly check: () => Promise<void>;
  readonly isDraining: () => boolean;
  /** The JSON Schema of the tenant document. */
  readonly jsonSchema: () => object;
}

const StatusSchema = v.object({ status: v.string() });

/** For operators of the host and authors of documents: health, metrics, schema. No key is needed. */
export function createServiceRoutes({
  registry,
  forgetDeleted,
  check,
  isDraining,
  jsonSchema,
}: ServiceRouteDependencies): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  let schema: object | undefined;
  app.get(
    '/healthz',
    described({
      id: 'getHealth',
      tag: 'service',
      summary: 'Whether the process lives',
      answers: { 200: { description: 'It does.', schema: StatusSchema } },
      open: true,
    }),
    (context) => context.json({ status: 'ok' }),
  );
  app.get(
    '/readyz',
    described({
      id: 'getReadiness',
      tag: 'service',
      summary: 'Whether requests should be sent here',
      answers: {
        200: { description: 'Yes.', schema: StatusSchema },
        503: { description: 'Not now.', schema: StatusSchema },
      },
      open: true,
    }),
    async (context) => {
      if (isDraining()) return context.json({ status: 'shutting down' }, 503);
      try {
        await check();
        return context.json({ status: 'ready' });
      } catch {
        return context.json({ status: 'the store is not available' }, 503);
      }
    },
  );
  app.get(
    '/metrics',
    described({
      id: 'getMetrics',
      tag: 'service',
      summary: 'Metrics for Prometheus',
      answers: { 200: { description: 'Text format.', mediaType: 'text/plain' } },
      open: true,
    }),
    async (context) => {
      await forgetDeleted();
      return context.text(await registry.metrics(), 200, { 'Content-Type': registry.contentType });
    },
  );
  app.get(
    '/schemas/tenant.json',
    described({
      id: 'getTenantSchema',
      tag: 'service',
      summary: 'JSON Schema of the tenant document with the settings of all adapters, for editors',
      answers: { 200: { description: 'The schema.', schema: v.looseObject({}) } },
      open: true,
    }),
    (context) => {
      schema ??= jsonSchema();
      return context.json(schema);
    },
  );
  return app;
}

/** Switches off what the page's library would otherwise offer, or fetch from its maker. */
const pageSettings = {
  withDefaultFonts: false,
  telemetry: false,
  showDeveloperTools: 'never',
  hideClientButton: true,
  agent: { disabled: true },
  mcp: { disabled: true },
};

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Finaz Telephony API</title>
<link rel="icon" href="data:,"><style>#waiting { font: 16px/1.5 system-ui, sans-serif; padding: 2rem; } #waiting:has(~ div) { display: none; }</style></head>
<body><main id="waiting">The reference is being loaded; it needs JavaScript. What it shows is in <a href="/openapi.json">/openapi.json</a>.</main>
<script id="api-reference" data-url="/openapi.json" data-configuration='${JSON.stringify(pageSettings)}'></script><script src="/docs/reference.js"></script></body>
</html>
`;

/** Users type a key into the page, so it may connect to this host alone, whatever a later version of its library would like to do. Its styles are created at runtime. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page's script, which comes with the package: nothing is loaded from elsewhere. It has 4 MB, which a slow line brings in half a minute, so it is packed, once. */
async function readScript() {
  const content = await readFile(new URL('./api-reference.js', import.meta.url)).catch(() =>
    readFile(new URL('../../dist/api-reference.js', import.meta.url)),
  );
  return { plain: new Uint8Array(content), packed: new Uint8Array(await pack(content)) };
}

const pack = promisify(gzip);

/** A page to browse the OpenAPI document. The bare address redirects there. */
export function createDocsRoutes(): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  let script: ReturnType<typeof readScript> | undefined;
  app.get('/', (context) => context.redirect('/docs'));
  app.get('/docs/', (context) => context.redirect('/docs'));
  app.get('/docs', (context) =>
    context.html(page, 200, {
      'Content-Security-Policy': pagePolicy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    }),
  );
  app.get('/docs/reference.js', async (context) => {
    const { plain, packed } = await (script ??= readScript());
    const isPacked = acceptedTypes(context.req.header('Accept-Encoding') ?? '').includes('gzip');
    return context.body(isPacked ? packed : plain, 200, {
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': 'max-age=86400',
      Vary: 'Accept-Encoding',
      ...(isPacked && { 'Content-Encoding': 'gzip' }),
    });
  });
  return app;
}
