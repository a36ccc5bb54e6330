import type { FeatureName } from '@finaz-telephony/core';
import { Hono } from 'hono';
import * as v from 'valibot';
import type { HostEnv } from '../http/host-env.ts';
import { readJson } from '../http/json-body.ts';
import { described, idempotencyHeader } from '../http/openapi.ts';
import type { SaveDependencies } from '../tenants/save-tenant.ts';
import type { Connection, Tenant } from '../tenants/tenant.ts';
import {
  connectionNamed,
  TenantDocumentSchema,
  type ConnectionDocument,
} from '../tenants/tenant-document.ts';
import { adapterFailure } from '../adapter-work/adapter-failure.ts';
import { noConnection } from './connection-of.ts';
import { connectionWithoutSecrets } from './connection-without-secrets.ts';
import type { KnownCalls } from '../calls/known-calls.ts';
import type { NotificationSample } from './notification-sample.ts';
import { prepareTrial } from './prepare-trial.ts';
import { previewFeature } from './preview.ts';
import { TriedReplySchema, TryReplySchema, wantedReading } from './reply-schemas.ts';
import { sampledConnection } from './sampled-connection.ts';
import { sampleInput } from './sample-input.ts';
import { shownError } from './shown-error.ts';
import { shownPreview, ShownPreviewSchema } from './shown-preview.ts';
import { trialContext } from './trial-context.ts';
import { exampleTrial, TrialSchema } from './trial-schema.ts';
import { lookupOf } from './trial.ts';
import { tryNotification } from './try-notification.ts';
import { tryReply, type TriedReply } from './try-reply.ts';

export interface TrialRouteDependencies extends SaveDependencies {
  readonly knownCalls: KnownCalls;
}

/** To try the features of a connection without sending anything, under `/v1/tenants/:tenant`. */
export function createTrialRoutes(dependencies: TrialRouteDependencies): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  const failed = (feature: FeatureName) => (error: unknown) => {
    throw adapterFailure(error, feature, dependencies.logger);
  };

  app.post(
    '/connections/:connection/preview',
    described({
      id: 'previewConnection',
      tag: 'connections',
      summary: 'Show the exact request of a feature without sending it',
      description: 'Secrets are masked: they are not even read for it.',
      body: { schema: TrialSchema, example: exampleTrial },
      headers: idempotencyHeader,
      answers: {
        200: {
          description: 'The request of the feature, and those before it.',
          schema: ShownPreviewSchema,
        },
      },
    }),
    async (context) => {
      const { feature, input } = await readJson(context, TrialSchema);
      const tenant = context.get('tenant');
      const connection = await withoutSecrets(
        dependencies,
        tenant,
        context.req.param('connection'),
      );
      const trial = await prepareTrial(
        connection,
        feature,
        input,
        lookupOf(dependencies.knownCalls, tenant),
      );
      const base = trialContext(tenant, connection.name);
      const preview = await previewFeature(feature, base, trial.run).catch(failed(feature));
      return context.json(shownPreview(preview, connection.trust));
    },
  );

  app.post(
    '/connections/:connection/reply',
    described({
      id: 'tryReply',
      tag: 'connections',
      summary: 'Show how a reply, or a notification, of the telephone system is read',
      description:
        'Nothing is sent, and nothing is stored: of a notification no event comes, whatever it tells of. Which rule holds, what is captured, the attempts of a report, and what each expression has read; secrets and personal data are masked.',
      body: {
        schema: TryReplySchema,
        example: { feature: 'click2call', replies: [{ status: 200, body: '{"id":"c-1"}' }] },
      },
      headers: idempotencyHeader,
      answers: {
        200: {
          description: 'How it was read, also where it is a failure.',
          schema: TriedReplySchema,
        },
      },
    }),
    async (context) => {
      const wanted = wantedReading(await readJson(context, TryReplySchema));
      const tenant = context.get('tenant');
      const name = context.req.param('connection');
      if (wanted.feature === 'answeredCall')
        return context.json(
          await triedNotification(dependencies, tenant, name, wanted.notification),
        );
      const { feature, input, replies } = wanted;
      const connection = await withoutSecrets(dependencies, tenant, name);
      const trial = await prepareTrial(
        connection,
        feature,
        input ?? sampleInput(feature),
        lookupOf(dependencies.knownCalls, tenant),
      );
      const base = trialContext(tenant, connection.name);
      const secrets = tenant.connections.get(name)?.secretValues ?? [];
      const tried = await tryReply(feature, base, trial, replies, secrets).catch(failed(feature));
      return context.json(shownReading(tried));
    },
  );

  return app;
}

const shownReading = ({ error, ...tried }: TriedReply) => ({
  ok: error === undefined && tried.further === undefined,
  ...tried,
  ...(error && { error: shownError(error) }),
});

/** Reads a sample with those secrets that are set, because a signature is checked with them. */
async function triedNotification(
  { tenants, adapters }: TrialRouteDependencies,
  tenant: Tenant,
  name: string,
  notification: NotificationSample,
) {
  const document = await storedConnection(tenants, tenant, name);
  const secrets = await tenants.secrets(tenant.id);
  const connection =
    document && sampledConnection(name, document, adapters, (secret) => secrets.get(secret));
  if (!connection) throw noConnection(tenant);
  const base = trialContext(tenant, name);
  return shownReading(await tryNotification(connection, base, notification));
}

/** The connection without its secrets, so that a preview cannot show them. */
async function withoutSecrets(
  { tenants, adapters }: TrialRouteDependencies,
  tenant: Tenant,
  name: string,
): Promise<Connection> {
  const document = await storedConnection(tenants, tenant, name);
  const connection = document && connectionWithoutSecrets(name, document, adapters);
  if (!connection) throw noConnection(tenant);
  return connection;
}

async function storedConnection(
  tenants: TrialRouteDependencies['tenants'],
  tenant: Tenant,
  name: string,
): Promise<ConnectionDocument | undefined> {
  const stored = await tenants.read(tenant.id);
  return stored && connectionNamed(v.parse(TenantDocumentSchema, stored.document), name);
}
