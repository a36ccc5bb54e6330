import { Hono } from 'hono';
import * as v from 'valibot';
import type { LoggedWorkplace } from '../adapter-work/in-context.ts';
import type { KnownCalls } from '../calls/known-calls.ts';
import type { HostEnv } from '../http/host-env.ts';
import { readJsonIfAny } from '../http/json-body.ts';
import { described, idempotencyHeader } from '../http/openapi.ts';
import type { CallGuard } from '../rules/call-guard.ts';
import type { Connection, Tenant } from '../tenants/tenant.ts';
import { connectionOf } from './connection-of.ts';
import { prepareTrial } from './prepare-trial.ts';
import { ConnectionTestSchema, testCredentials, testFeature } from './test-connection.ts';
import { exampleTrial, TrialSchema } from './trial-schema.ts';
import { lookupOf } from './trial.ts';

export interface TestRouteDependencies extends LoggedWorkplace {
  readonly knownCalls: KnownCalls;
  readonly guard: CallGuard;
  /** Runs work that changes a queue of the dialer. Refused while a mailing is being loaded into the queue; no load begins in the meantime. */
  readonly withQueue: <Result>(
    tenant: Tenant,
    queue: string,
    connection: Connection,
    work: () => Promise<Result>,
  ) => Promise<Result>;
}

const TestRequestSchema = v.partial(TrialSchema);

/** To run a feature of a connection for real, or its credential check, under `/v1/tenants/:tenant`. */
export function createTestRoutes(dependencies: TestRouteDependencies): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  app.post(
    '/connections/:connection/test',
    described({
      id: 'testConnection',
      tag: 'connections',
      summary: 'Run a feature, or the check of the credentials, and show what was sent and read',
      description:
        'This really sends: a click2call rings, a contact is loaded, and the rules of the company hold for both. Without "feature" in the body, or without a body, the credentials are tried.',
      body: { schema: TestRequestSchema, example: exampleTrial, isOptional: true },
      headers: idempotencyHeader,
      answers: {
        200: { description: 'How it went, also where it failed.', schema: ConnectionTestSchema },
      },
    }),
    async (context) => {
      const { feature, input } = await readJsonIfAny(context, TestRequestSchema);
      const tenant = context.get('tenant');
      const connection = connectionOf(tenant, context.req.param('connection'));
      if (feature === undefined)
        return context.json(await testCredentials(dependencies, tenant, connection));
      const trial = await prepareTrial(
        connection,
        feature,
        input,
        lookupOf(dependencies.knownCalls, tenant),
      );
      for (const phone of trial.rings ?? []) await dependencies.guard.check(tenant, phone);
      const test = () => testFeature(dependencies, tenant, connection, feature, trial);
      return context.json(
        trial.queue === undefined
          ? await test()
          : await dependencies.withQueue(tenant, trial.queue, connection, test),
      );
    },
  );

  return app;
}
